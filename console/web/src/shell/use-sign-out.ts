import { App } from "antd";
import { useContext } from "react";

import { isComing, isInTalk } from "../call/stage";
import { KeepersContext } from "../drafts/keepers";
import { useLive } from "../live/live";
import { useSession } from "../session/session";

/** 退出登录: nothing that was typed is lost by it, and nobody is cut off without being asked. */
export function useSignOut(): () => Promise<void> {
  const { signOut } = useSession();
  const { desk } = useLive();
  const keepers = useContext(KeepersContext);
  const { modal } = App.useApp();

  return async () => {
    const call = desk?.call ?? null;
    const isTalking = isInTalk(call) || isComing(call, false);
    const sure = async (title: string, content: string) =>
      modal.confirm({ title, content, okText: "仍然退出", okButtonProps: { danger: true } });
    if (isTalking && !(await sure("正在通话，确定退出？", "退出后来电人将听等待音乐，并重新排队。"))) return;
    const isSaved = (await keepers?.settle()) ?? true;
    if (!isSaved && !(await sure("有内容还没有保存，确定退出？", "退出后这些内容会丢失。"))) return;
    await signOut();
  };
}
