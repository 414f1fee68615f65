import { Layout, Result, Spin } from "antd";
import { lazy, Suspense } from "react";
import { Navigate, Route, Routes } from "react-router";

import { LiveProvider } from "../live/live";
import { DoneLine } from "../notices/done-line";
import { PhoneProvider } from "../phone/phone";
import { PAGES } from "../routes";
import { hasRole, useSession } from "../session/session";
import { Broken } from "./broken";
import { CallStrip } from "./call-strip";
import { SessionEnd } from "./session-end";
import { TopBar } from "./top-bar";

const EnrolFirst = lazy(() => import("../pages/account/enrol-first"));

/** The frame of all pages: the bar above, the page below. */
export function Shell() {
  const { user } = useSession();
  const pages = PAGES.filter((page) => page.roles.length === 0 || hasRole(user, page.roles));
  const home = pages[0]?.path ?? "/";
  if (user.totp_required) {
    return (
      <Suspense fallback={<Spin description="正在打开" fullscreen />}>
        <EnrolFirst />
      </Suspense>
    );
  }
  return (
    <LiveProvider>
      <PhoneProvider>
        <Layout style={{ height: "100%" }}>
          <a className="skip-link" href="#main">
            跳到正文
          </a>
          <TopBar pages={pages} />
          <SessionEnd />
          <CallStrip />
          <Layout.Content id="main" role="main" style={{ overflow: "auto", padding: 12 }}>
            <Broken>
              <DoneLine>
              <Suspense fallback={<Spin description="正在打开" fullscreen />}>
                <Routes>
                  <Route index element={<Navigate to={home} replace />} />
                  {pages.map((page) => (
                    <Route key={page.path} path={page.path} element={<page.component />} />
                  ))}
                  <Route
                    path="*"
                    element={<Result status="404" title="没有这个页面，或者您的角色不能打开它" />}
                  />
                </Routes>
              </Suspense>
              </DoneLine>
            </Broken>
          </Layout.Content>
        </Layout>
      </PhoneProvider>
    </LiveProvider>
  );
}
