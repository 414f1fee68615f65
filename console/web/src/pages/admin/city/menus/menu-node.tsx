import { Alert, Button, Form, InputNumber, Popconfirm } from "antd";

import { MenuAction } from "./menu-action";
import { type Fault, faultAt, faultOf } from "./menu-faults";
import { MenuKeys } from "./menu-keys";
import type { Known } from "./menu-known";
import { DEEDS, type MenuNode, type Menus, USUAL, waysTo, withNode, withoutNode } from "./menu-model";
import { disagreements } from "./menu-spoken";
import { placeWords } from "./menu-words";
import { PromptPick } from "./prompt-pick";

interface Props {
  name: string;
  node: MenuNode;
  menus: Menus;
  onChange: (menus: Menus) => void;
  known: Known;
  faults: readonly Fault[];
  mayEdit: boolean;
}

/** In a menu there is nothing to wait for. */
const MENU_DEEDS = DEEDS.filter((deed) => deed !== "stay");

const COUNTS = [
  { name: "seconds", label: "等待按键（秒）", extra: "不超过 30" },
  { name: "attempts", label: "按错几次后不再问", extra: "1 至 5" },
] as const;

/** One menu: what is said and asked, what each key does, and what happens without one. */
export function MenuNodeForm({ name, node, menus, onChange, known, faults, mayEdit }: Props) {
  const set = (changed: MenuNode) => onChange(withNode(menus, name, { ...node, ...changed }));
  const at = (...place: string[]) => faultAt(faults, "nodes", name, ...place);
  const nodes = Object.keys(menus.nodes);
  const say = node.say ?? [];
  const keys = node.keys ?? {};
  const isAsking = (node.ask ?? null) !== null || Object.keys(keys).length > 0;
  const whole = faultOf(faults, "nodes", name);
  const textOf = (key: string | null | undefined) => known.prompts.find((one) => one.key === key)?.text;
  return (
    <section aria-label={`菜单 ${name}`}>
      {whole !== undefined && <Alert showIcon type="error" title={whole} />}
      {menus.modes.direct !== name &&
        disagreements(node, textOf).map((told) => <Alert key={told} showIcon type="warning" role="note" title={told} />)}
      {menus.modes.direct === name && (
        <Alert
          showIcon
          type="info"
          role="note"
          title="直接人工的入口：播放“先播放”的同时就呼叫话务员，不询问、不等按键，转到最后一项所选的技能组"
        />
      )}
      <Form.Item label="先播放" help={at("say")} validateStatus={at("say") && "error"}>
        <div role="group" aria-label="先播放" className="menu-said">
          {say.map((key, place) => (
            <div key={place} className="menu-said-one">
              <PromptPick
                id={`menu-say-${place}`}
                label={`先播放第 ${place + 1} 段`}
                isFixed
                placeholder="请选择提示音"
                value={key}
                onChange={(chosen) => set({ say: say.map((one, other) => (other === place ? (chosen ?? one) : one)) })}
                known={known}
              />
              {mayEdit && (
                <>
                  <Button
                    aria-label={`上移先播放第 ${place + 1} 段`}
                    disabled={place === 0}
                    onClick={() => set({ say: swapped(say, place - 1) })}
                  >
                    上移
                  </Button>
                  <Button
                    aria-label={`下移先播放第 ${place + 1} 段`}
                    disabled={place === say.length - 1}
                    onClick={() => set({ say: swapped(say, place) })}
                  >
                    下移
                  </Button>
                </>
              )}
              {mayEdit && (
                <Button
                  aria-label={`去掉先播放第 ${place + 1} 段`}
                  onClick={() => set({ say: say.filter((_, other) => other !== place) })}
                >
                  去掉
                </Button>
              )}
            </div>
          ))}
          {mayEdit && (
            <PromptPick
              key={say.length}
              id="menu-say-more"
              label="增加一段先播放"
              placeholder="增加一段"
              value={null}
              onChange={(key) => key !== null && set({ say: [...say, key] })}
              known={known}
            />
          )}
        </div>
      </Form.Item>
      <Form.Item
        label="询问"
        htmlFor="menu-ask"
        extra={textOf(node.ask) ?? "不询问：播放完就办理"}
        help={at("ask")}
        validateStatus={at("ask") && "error"}
      >
        <PromptPick
          id="menu-ask"
          label="询问"
          placeholder="不询问"
          value={node.ask}
          onChange={(ask) => set({ ask })}
          known={known}
        />
      </Form.Item>
      {isAsking && (
        <>
          <div className="menu-asking">
            {COUNTS.map(({ name: count, label, extra }) => (
              <Form.Item
                key={count}
                label={label}
                htmlFor={`menu-${count}`}
                extra={extra}
                help={at(count)}
                validateStatus={at(count) && "error"}
              >
                <InputNumber<number>
                  id={`menu-${count}`}
                  value={node[count] === undefined ? USUAL[count] : node[count]}
                  onChange={(changed) => set({ [count]: changed })}
                />
              </Form.Item>
            ))}
            <Form.Item
              label="按错后播放"
              htmlFor="menu-invalid"
              help={at("invalid")}
              validateStatus={at("invalid") && "error"}
            >
              <PromptPick
                id="menu-invalid"
                label="按错后播放"
                placeholder="重播询问"
                value={node.invalid}
                onChange={(invalid) => set({ invalid })}
                known={known}
              />
            </Form.Item>
          </div>
          <Form.Item label="按键">
            <MenuKeys
              label="按键"
              place={["nodes", name, "keys"]}
              value={keys}
              onChange={(changed) => set({ keys: changed })}
              known={known}
              nodes={nodes}
              deeds={MENU_DEEDS}
              faults={faults}
            />
          </Form.Item>
        </>
      )}
      <Form.Item label={isAsking ? "不按键，或不再问时" : "播放后"} htmlFor="menu-silence">
        <div className="menu-key">
          <span aria-hidden />
          <MenuAction
            id="menu-silence"
            label={isAsking ? "不按键时" : "播放后"}
            isKey={false}
            value={node.silence}
            onChange={(silence) => silence !== null && set({ silence })}
            known={known}
            nodes={nodes}
            deeds={MENU_DEEDS}
            fault={at("silence")}
          />
        </div>
      </Form.Item>
      {mayEdit && <Removal name={name} menus={menus} onChange={onChange} />}
    </section>
  );
}

/** The list with the entry at a place and the next one changed for one another. */
function swapped(list: readonly string[], place: number): string[] {
  return [...list.slice(0, place), ...list.slice(place, place + 2).reverse(), ...list.slice(place + 2)];
}

/** Only a menu to which nothing leads is deleted. */
function Removal({ name, menus, onChange }: Pick<Props, "name" | "menus" | "onChange">) {
  const ways = waysTo(menus, name);
  if (ways.length > 0) return <p className="menu-used">通向此菜单：{ways.map(placeWords).join("、")}</p>;
  return (
    <Popconfirm title={`删除菜单 ${name}？发布后生效`} onConfirm={() => onChange(withoutNode(menus, name))}>
      <Button danger>删除此菜单</Button>
    </Popconfirm>
  );
}
