import { App } from "antd";
import { useCallback } from "react";

import { api } from "../api/client";
import { textOf } from "../api/errors";

/** What an agent does; refusals are shown, what follows comes over the live connection. */
export function useDeskCommands() {
  const { message } = App.useApp();
  const tell = useCallback(
    async (asked: Promise<unknown>) => {
      try {
        await asked;
        return true;
      } catch (error) {
        void message.error(textOf(error));
        return false;
      }
    },
    [message],
  );
  return {
    login: (device: "web" | "phone") => tell(api.POST("/api/desk/login", { body: { device } })),
    logout: () => tell(api.POST("/api/desk/logout")),
    pause: (reason: string) => tell(api.POST("/api/desk/pause", { body: { reason } })),
    resume: () => tell(api.POST("/api/desk/resume")),
    autoAnswer: (on: boolean) => tell(api.POST("/api/desk/auto_answer", { body: { on } })),
    hangUp: () => tell(api.POST("/api/desk/hang_up")),
    hold: () => tell(api.POST("/api/desk/hold")),
    unhold: () => tell(api.POST("/api/desk/unhold")),
    threeWay: (unit: string) => tell(api.POST("/api/desk/three_way", { body: { unit } })),
    callOff: () => tell(api.POST("/api/desk/call_off")),
    drop: (leg_id: string) => tell(api.POST("/api/desk/drop", { body: { leg_id } })),
    emergency: (service: Service) =>
      tell(api.POST("/api/desk/emergency", { body: { service } })),
    undoEmergency: () => tell(api.POST("/api/desk/emergency_undo")),
    transfer: (target: string) =>
      tell(api.POST("/api/desk/transfer", { body: { target, kind: "blind" } })),
    consult: (target: string) => tell(api.POST("/api/desk/consult", { body: { target } })),
    complete: () => tell(api.POST("/api/desk/complete")),
    join: () => tell(api.POST("/api/desk/join")),
    takeBack: () => tell(api.POST("/api/desk/return")),
    referUp: () => tell(api.POST("/api/desk/refer_up")),
  };
}

export type DeskCommands = ReturnType<typeof useDeskCommands>;
export type Service = "110" | "119" | "120" | "122" | "12395";

/** By the digit that follows F9; 1 to 4 as callers hear them in the emergency menu. */
export const SERVICES: readonly { digit: string; service: Service; name: string }[] = [
  { digit: "1", service: "110", name: "110 报警" },
  { digit: "2", service: "119", name: "119 火警" },
  { digit: "3", service: "120", name: "120 急救" },
  { digit: "4", service: "12395", name: "12395 水上" },
  { digit: "5", service: "122", name: "122 交通事故" },
];
