import { Button, Input, type InputRef, Modal } from "antd";
import { useEffect, useRef, useState } from "react";

import { useDraft } from "../../drafts/use-draft";
import { useKeys } from "../../keys/use-keys";
import { type Option, Picker } from "./picker";
import { type PlaceOption, searchPlaces } from "./searches";

/** What a plate of the city begins with. */
const HOME = "苏N";

/** 挪车, the most frequent matter: plate, place, Enter. */
export function PlateDialog({
  draftKey,
  onDone,
  onClose,
}: {
  /** Of the call's matter: what is begun here is kept with it. */
  draftKey: string;
  onDone: (fields: Record<string, unknown>) => void;
  onClose: () => void;
}) {
  const draft = useDraft(draftKey);
  const plate = typeof draft.fields.plate === "string" ? draft.fields.plate : HOME;
  const place = (draft.fields.plate_place as Option | null | undefined) ?? null;
  const setPlace = (option: Option | null) => draft.edit({ plate_place: option });
  const [isWrong, setWrong] = useState(false);
  const first = useRef<InputRef>(null);
  const second = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const timer = window.setTimeout(() => first.current?.focus({ cursor: "end" }), 50);
    return () => window.clearTimeout(timer);
  }, []);
  const isPlate = /^[\u4e00-\u9fff][A-Z][A-Z0-9·]{4,7}$/.test(plate);

  const done = (where: Option | null) => {
    if (!isPlate || where === null) return;
    onDone({ ...fieldsOf(plate, where), plate: null, plate_place: null });
    onClose();
  };
  const take = () => {
    if (!isPlate) {
      setWrong(true);
      first.current?.focus({ cursor: "end" });
    } else if (place === null) second.current?.focus();
    else done(place);
  };
  useKeys({ "Ctrl+Enter": take });
  return (
    <Modal open title="挪车" footer={null} onCancel={onClose} width={460}>
      <div className="plate-form">
        <label htmlFor="plate">车牌号</label>
        <Input
          id="plate"
          ref={first}
          value={plate}
          maxLength={10}
          autoComplete="off"
          status={isWrong ? "error" : undefined}
          aria-describedby="plate-error"
          onChange={(event) => {
            draft.edit({ plate: event.target.value.toUpperCase() });
            setWrong(false);
          }}
          onPressEnter={(event) => {
            if (event.nativeEvent.isComposing) return;
            if (isPlate) second.current?.focus();
            else setWrong(true);
          }}
        />
        <span id="plate-error" role="status" className="picker-error">
          {isWrong && "请填写完整的车牌号，例如 苏NA12345"}
        </span>
      </div>
      <Picker
        label="停放地点"
        onType={(text) => setPlace(text === "" ? null : { value: text, label: text })}
        value={place}
        search={searchPlaces}
        onChoose={(option) => {
          setPlace(option);
          done(option);
        }}
        onDone={() => undefined}
        inputRef={second}
      />
      <Button type="primary" block disabled={!isPlate || place === null} onClick={() => done(place)}>
        填入工单 <kbd>Ctrl+Enter</kbd>
      </Button>
    </Modal>
  );
}

/** What the form is filled with; the agent still files it with Ctrl+Enter. */
function fieldsOf(plate: string, where: Option): Record<string, unknown> {
  const place = [where.more, where.label].filter(Boolean).join(" ");
  const region = "region" in where ? (where as PlaceOption).region : undefined;
  return {
    content: `车牌号${plate}的车辆停放在${place}，影响通行，来电人希望联系车主挪车。`,
    request_type: { value: "help", label: "求助" },
    category_l2: { value: "0101", label: "占道挪车" },
    address_text: { value: where.value, label: place },
    ...(region === undefined ? {} : { region_code: region }),
  };
}
