import { Alert, App, Button, Result, Spin } from "antd";
import { useCallback, useEffect, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { Link } from "react-router";

import { type Service, useDeskCommands } from "../../call/commands";
import { WantedAlert } from "../../call/emergency-alerts";
import { EmergencyDialog } from "../../call/emergency-dialog";
import { isComing, isInTalk } from "../../call/stage";
import { useEmergency } from "../../call/use-emergency";
import { useKeys } from "../../keys/use-keys";
import { KnowledgeSearch } from "../../knowledge/knowledge-search";
import { useLive, useNotices } from "../../live/live";
import { called, type Notice, type Person } from "../../live/messages";
import { useIsAhead } from "../../live/use-now";
import { mayHaveMicrophone } from "../../phone/devices";
import { usePhone } from "../../phone/phone";
import { usePersonalSettings } from "../../session/personal-settings";
import type { Ticket } from "../../tickets/queries";
import { CallBar } from "./call-bar";
import { letGo, toLetGo } from "./call-parties";
import { CallerCard } from "./caller-card";
import "./desk.css";
import { draftKey, type Matter } from "./filing";
import type { Option } from "./picker";
import { PlateDialog } from "./plate-dialog";
import { StateBar } from "./state-bar";
import { StatementDialog } from "./statement-dialog";
import { type Asked, TargetDialog } from "./target-dialog";
import { FiledNote, TicketForm, type TicketFormHandle } from "./ticket-form";
import { Transcript } from "./transcript";
import { useWork } from "./use-work";

type Dialog = Asked | "emergency" | "plate";

/** 坐席: the screen while talking. */
export default function DeskPage() {
  const live = useLive();
  const commands = useDeskCommands();
  const { message } = App.useApp();
  const { phone, call: ownCall } = usePhone();
  const { settings, choose } = usePersonalSettings();
  const [dialog, setDialog] = useState<Dialog | null>(null);
  const [suggestedUnit, setSuggestedUnit] = useState<Option | null>(null);
  /** The ticket on which the caller of that call says more. */
  const [earlier, setEarlier] = useState<{ ticket: Ticket; callId: string } | null>(null);
  const form = useRef<TicketFormHandle>(null);
  const lookup = useRef<HTMLInputElement>(null);
  const { desk } = live;
  const call = desk?.call ?? null;
  const danger = call?.danger ?? null;
  /** Whether a text is being written on the ticket. */
  const [isTyping, setTyping] = useState(false);
  const watch = ({ target }: { target: EventTarget }) =>
    setTyping(
      (target instanceof HTMLTextAreaElement || target instanceof HTMLInputElement) && target.value.trim() !== "",
    );
  const work = useWork(call, desk?.number ?? null, isTyping && desk?.auto_answer === true);
  const isIn = desk !== null && desk.state !== "logged_out";
  const device = isIn ? desk.device : mayHaveMicrophone() ? (settings?.phone ?? null) : "phone";
  useEffect(() => (device === "web" ? phone.hold() : undefined), [phone, device]);

  useNotices(
    useCallback(
      (notice: Notice) => void message.open({ type: notice.level, content: notice.text, duration: notice.level === "error" ? 20 : 5 }),
      [message],
    ),
  );

  const said = live.transcript?.callId === work.matter?.callId ? (live.transcript?.segments ?? []) : [];
  const heard = said
    .filter(({ final, speaker }) => final && speaker === "caller")
    .map(({ text }) => text)
    .join("，");
  const isOn = isInTalk(call);
  const isSoon = isComing(call, ownCall?.stage === "talking");
  const emergency = useEmergency(call, isOn, commands.emergency);
  // Esc is taken from the page no longer than it undoes something.
  const mayUndo = useIsAhead(call?.emergency?.undo_until ?? null);
  const inCall = (act: () => void) => (isOn ? act : undefined);
  const { matter } = work;
  const onStatement = (ticket: Ticket) => {
    if (matter !== null) setEarlier({ ticket, callId: matter.callId });
  };
  const asks = call?.state === "consulting" && call.asked_by?.number === desk?.number;
  const asking = (act: () => void) => (asks ? act : undefined);
  const inviteUnit = () => {
    setSuggestedUnit(form.current?.suggestedUnit() ?? null);
    setDialog("three_way");
  };
  const dial = (service: Service) => {
    setDialog(null);
    emergency.choose(service);
  };
  const login = async () => {
    if (device === null) return;
    try {
      // Before the first call comes.
      if (device === "web") await phone.registered();
      await commands.login(device);
    } catch (error) {
      void message.error(error instanceof Error ? error.message : "网页话机没有登记");
    }
  };
  const becomeReady = () => void (isIn ? commands.resume() : login());
  const answer = ownCall?.direction === "incoming" && ownCall.stage === "ringing" ? () => void phone.answer() : undefined;
  useKeys({
    F2: answer,
    F3: ownCall?.stage === "talking" ? () => phone.mute(!ownCall.muted) : undefined,
    F4: inCall(() => void (call?.state === "held" ? commands.unhold() : commands.hold())),
    F6: inCall(() => setDialog("transfer")),
    F7: isOn && call?.summons === null ? inviteUnit : undefined,
    F8: inCall(() => void commands.hangUp()),
    F9: isOn || isSoon ? () => setDialog("emergency") : undefined,
    "Alt+Z": inCall(() => setDialog("consult")),
    "Alt+B": inCall(() => void commands.referUp()),
    "Alt+E": danger === null ? undefined : inCall(() => dial(danger.service as Service)),
    "Alt+1": asking(() => void commands.complete()),
    "Alt+2": asking(() => void commands.join()),
    "Alt+3": asking(() => void commands.takeBack()),
    "Alt+X":
      call !== null && desk !== null && toLetGo(call, desk.number) !== null
        ? () => letGo(call, desk.number, commands)
        : undefined,
    "Alt+R": becomeReady,
    "Alt+C": () => setDialog("plate"),
    "Alt+D": () => {
      const { coming } = work;
      if (coming !== null) flushSync(() => work.open(coming.matter));
      form.current?.focus();
    },
    "Alt+K": () => lookup.current?.focus(),
    // What is beneath a dialog is not filed; a dialog may have the key for itself.
    "Ctrl+Enter": dialog === null && earlier === null ? () => form.current?.file() : undefined,
    Escape:
      dialog !== null || earlier !== null
        ? undefined
        : emergency.wanted !== null
          ? emergency.forget
          : mayUndo
            ? () => void commands.undoEmergency()
            : undefined,
  });

  if (desk === null) {
    return live.connected ? (
      <Result status="info" title="您的账号没有登记话务员分机" subTitle="请系统管理员为账号登记分机。" />
    ) : (
      <Spin description="正在连接热线" fullscreen />
    );
  }
  return (
    <div className="desk">
      <StateBar
        desk={desk}
        commands={commands}
        device={device}
        onDevice={(device) => choose({ phone: device })}
        onLogin={() => void login()}
      />
      {!live.connected && <div className="desk-lost">与热线的连接中断，正在重新连接；通话不受影响。</div>}
      <div className="desk-left">
        {call !== null && (
          <CallBar
            call={call}
            own={desk.number}
            commands={commands}
            onAnswer={desk.device === "web" ? () => void phone.answer() : undefined}
            onTransfer={() => setDialog("transfer")}
            onConsult={() => setDialog("consult")}
            onThreeWay={inviteUnit}
            onEmergency={() => setDialog("emergency")}
          />
        )}
        {work.coming !== null && (
          <Alert
            showIcon
            type="info"
            role="status"
            title={`新来电 ${work.coming.number ?? "（未显示号码）"} 已接通，当前工单不变。按 Alt+D 登记新来电`}
          />
        )}
        {emergency.wanted !== null && <WantedAlert service={emergency.wanted} onForget={emergency.forget} />}
        <Transcript
          segments={live.transcript?.callId === call?.call_id ? (live.transcript?.segments ?? []) : []}
          danger={danger}
          onTransfer={() => danger !== null && dial(danger.service as Service)}
        />
      </div>
      <section
        className="desk-form"
        aria-label="工单"
        onFocus={watch}
        onInput={watch}
        onBlur={() => setTyping(false)}
      >
        {work.filed !== null && (
          <FiledNote filed={work.filed} onClose={work.closeFiled} />
        )}
        {work.matter !== null && work.isFiled && (
          <>
            {work.filed === null && <Concerned tickets={work.tickets} />}
            <Button onClick={work.another}>同一来电人还有其他诉求</Button>
          </>
        )}
        {work.handedTo !== null && (
          <HandedOver to={work.handedTo} isFiled={work.isFiled} onAnother={work.another} />
        )}
        {work.matter !== null && !work.isFiled && work.handedTo === null && (
          <>
            <TicketForm
              key={`${work.matter.callId}:${work.matter.after ?? ""}`}
              matter={work.matter}
              tickets={work.tickets}
              number={work.number}
              segments={said}
              onFiled={work.filedAs}
              formRef={form}
            >
              <Button onClick={() => setDialog("plate")}>
                挪车 <kbd>Alt+C</kbd>
              </Button>
            </TicketForm>
          </>
        )}
        {work.matter === null && <Waiting state={desk.state} />}
        <Unfinished matters={work.unfinished} onOpen={work.open} />
      </section>
      <aside className="desk-right" aria-label="来电人与知识库">
        {work.matter !== null && (
          <CallerCard
            callId={work.matter.callId}
            number={work.number}
            tickets={work.tickets}
            onStatement={onStatement}
            onRepeat={work.isFiled ? undefined : (ticket) => form.current?.repeat(ticket)}
          />
        )}
        <KnowledgeSearch
          key={work.matter?.callId}
          heard={heard}
          inputRef={lookup}
          onCite={
            work.matter === null || work.isFiled || work.handedTo !== null
              ? undefined
              : ({ answer, ref }) => {
                  form.current?.fill({ answer, knowledge_ref: ref });
                  form.current?.focus();
                }
          }
        />
      </aside>
      {(dialog === "transfer" || dialog === "consult" || dialog === "three_way") && (
        <TargetDialog
          asked={dialog}
          suggestedUnit={suggestedUnit}
          onClose={() => setDialog(null)}
          onChoose={(target) => {
            if (dialog === "transfer") void commands.transfer(target.value);
            else if (dialog === "consult") void commands.consult(target.value);
            else void commands.threeWay(target.value);
          }}
        />
      )}
      {earlier !== null && (
        <StatementDialog
          ticket={earlier.ticket}
          callId={earlier.callId}
          tickets={work.tickets}
          onClose={() => setEarlier(null)}
        />
      )}
      {dialog === "plate" && work.matter !== null && (
        <PlateDialog
          draftKey={draftKey(work.matter)}
          onClose={() => {
            setDialog(null);
            form.current?.focus();
          }}
          onDone={(fields) => {
            form.current?.fill(fields);
            form.current?.focus();
          }}
        />
      )}
      {dialog === "emergency" && <EmergencyDialog onChoose={dial} onClose={() => setDialog(null)} />}
    </div>
  );
}

/** The call is a colleague's: what was typed is with him, what was filed stays as it is. */
function HandedOver({ to, isFiled, onAnother }: { to: Person; isFiled: boolean; onAnother: () => void }) {
  return (
    <Alert
      showIcon
      type="info"
      title={`本次通话已由 ${called(to)} 接手${isFiled ? "" : "，工单由对方填写"}`}
      action={
        !isFiled && (
          <Button size="small" onClick={onAnother}>
            同一来电人还有其他诉求
          </Button>
        )
      }
    />
  );
}

function Waiting({ state }: { state: string }) {
  const text =
    state === "logged_out"
      ? "签入后开始接听来电"
      : state === "paused"
        ? "置忙中，不会有来电；按 Alt+R 恢复就绪"
        : state === "ringing"
          ? "有来电，接听后在这里登记"
          : "等待来电";
  return <div className="desk-waiting">{text}</div>;
}

/** What was filed in this call before the page was opened, or is what an agent calls about. */
function Concerned({ tickets }: { tickets: readonly string[] }) {
  return (
    <p>
      本次通话的工单：
      {tickets.map((no) => (
        <Link key={no} to={`/tickets/${no}`}>
          {no}{" "}
        </Link>
      ))}
    </p>
  );
}

function Unfinished({ matters, onOpen }: { matters: readonly Matter[]; onOpen: (one: Matter) => void }) {
  if (matters.length === 0) return null;
  return (
    <div className="unfinished" role="note">
      还有 {matters.length} 件诉求没有登记完：
      {matters.map((one, place) => (
        <Button key={draftKey(one)} size="small" onClick={() => onOpen(one)}>
          打开第 {place + 1} 件
        </Button>
      ))}
    </div>
  );
}
