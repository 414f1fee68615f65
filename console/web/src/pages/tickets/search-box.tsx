import { Input, type InputRef } from "antd";
import { useRef, useState } from "react";
import { useNavigate } from "react-router";

import { usePlainKeys } from "../../keys/use-plain-keys";

/** A ticket's number opens it. */
const NUMBER = /^[A-Za-z]{1,6}\d{12}$/;

/** 搜索: words of a ticket or the end of a phone number; `/` comes here. */
export function SearchBox({ onSearch }: { onSearch: (words: string) => void }) {
  const box = useRef<InputRef>(null);
  const [typed, setTyped] = useState("");
  const navigate = useNavigate();
  const hasKeys = usePlainKeys({ "/": () => box.current?.focus({ cursor: "all" }) });
  const search = (text: string) => {
    const words = text.trim();
    if (NUMBER.test(words)) void navigate(`/tickets/${words.toUpperCase()}`);
    else onSearch(words);
  };
  return (
    <Input.Search
      ref={box}
      allowClear
      enterButton="搜索"
      className="tickets-search"
      aria-label="搜索工单"
      aria-keyshortcuts={hasKeys ? "/" : undefined}
      placeholder={`内容、地址、工单编号或电话后四位${hasKeys ? "，按 / 输入" : ""}`}
      maxLength={60}
      value={typed}
      onChange={(event) => setTyped(event.target.value)}
      onSearch={search}
    />
  );
}
