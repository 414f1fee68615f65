import { Alert, Button } from "antd";

import { textOf } from "../../../api/errors";
import { useListen } from "./use-listen";

interface Props {
  prompt: string;
  /** Which prompt it is, for readers of the screen. */
  label: string;
}

/** 试听: plays a prompt as it is, and stops it. */
export function ListenButton({ prompt, label }: Props) {
  const listen = useListen(prompt, null);
  const isPlaying = listen.data !== undefined;
  return (
    <>
      <Button
        disabled={false}
        loading={listen.isPending}
        aria-label={`${isPlaying ? "停止" : "试听"} ${label}`}
        onClick={isPlaying ? listen.reset : () => listen.mutate()}
      >
        {isPlaying ? "停止" : "试听"}
      </Button>
      {isPlaying && <audio autoPlay src={listen.data} onEnded={listen.reset} />}
      {listen.isError && <Alert showIcon type="warning" title={textOf(listen.error)} />}
    </>
  );
}
