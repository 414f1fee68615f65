import { useMutation } from "@tanstack/react-query";
import { Alert, Button, Input, Space } from "antd";
import { type Ref, useImperativeHandle, useRef, useState } from "react";

import { api, got } from "../api/client";
import { textOf } from "../api/errors";
import { useDraft } from "../drafts/use-draft";
import { clock } from "../words";
import "./player.css";

export interface Recording {
  recording_id: string;
  kind: "speaker" | "mix" | "message";
  speaker: string | null;
  started_at: string;
  duration_s: number | null;
}

export interface PlayerHandle {
  /** Play from a second of the call on; nothing before the reason was given. */
  goTo: (second: number) => void;
}

const KINDS: Record<Recording["kind"], string> = { mix: "通话录音", message: "留言录音", speaker: "单方录音" };
const LONGEST = 200;
const SHORTEST = 2;

/** 调听: first the reason, which is kept for good, then the sound. */
export function Player({
  recording,
  offset,
  onTime,
  ref,
}: {
  recording: Recording;
  /** Seconds from the start of the call to the start of the recording. */
  offset: number;
  /** The second of the call that is heard. */
  onTime: (second: number | null) => void;
  ref?: Ref<PlayerHandle>;
}) {
  const draft = useDraft(`listen:${recording.recording_id}`);
  const reason = draft.text("reason");
  const sound = useRef<HTMLAudioElement>(null);
  const [broken, setBroken] = useState(false);
  const grant = useMutation({
    mutationFn: async () => {
      const params = { path: { recording_id: recording.recording_id } };
      const body = { reason: reason.trim() };
      return got(await api.POST("/api/recordings/{recording_id}/listen", { params, body })).url;
    },
    onSuccess: () => {
      setBroken(false);
      void draft.discard();
    },
  });
  useImperativeHandle(ref, () => ({
    goTo: (second) => {
      if (sound.current === null) return;
      sound.current.currentTime = Math.max(0, second - offset);
      void sound.current.play();
    },
  }));
  const name = `${KINDS[recording.kind]} ${clock(recording.duration_s ?? 0)}`;
  const isAsked = grant.data === undefined || broken;
  return (
    <div className="call-player">
      {isAsked ? (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (reason.trim().length >= SHORTEST) grant.mutate();
          }}
        >
          <span>{name}</span>
          <Space.Compact block>
            <Input
              aria-label="调听原因"
              placeholder="调听原因（将留痕备查）"
              maxLength={LONGEST}
              value={reason}
              onChange={(event) => draft.edit({ reason: event.target.value })}
            />
            <Button
              type="primary"
              htmlType="submit"
              loading={grant.isPending}
              disabled={reason.trim().length < SHORTEST}
            >
              调听
            </Button>
          </Space.Compact>
        </form>
      ) : (
        <audio
          ref={sound}
          controls
          autoPlay
          controlsList="nodownload"
          aria-label={name}
          src={grant.data}
          onTimeUpdate={({ currentTarget }) => onTime(currentTarget.currentTime + offset)}
          onEnded={() => onTime(null)}
          onError={() => setBroken(true)}
        />
      )}
      {broken && <Alert type="warning" title="授权已到期或录音无法播放，请重新填写调听原因" />}
      {grant.isError && <Alert showIcon type="error" title={textOf(grant.error)} />}
    </div>
  );
}
