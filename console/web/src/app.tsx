import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { App as AntApp, ConfigProvider } from "antd";
import zhCN from "antd/locale/zh_CN";
import { BrowserRouter } from "react-router";

import { ApiError } from "./api/errors";
import { SessionProvider } from "./session/provider";
import { Shell } from "./shell/shell";
import { theme } from "./theme";

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      // A refusal stays a refusal; what did not reach the server is tried again.
      retry: (count, error) => count < 3 && error instanceof ApiError && error.status === 0,
      refetchOnWindowFocus: false,
    },
    // What cannot reach the server says so at once; it is not done later by surprise.
    mutations: { networkMode: "always" },
  },
});

export function App() {
  return (
    <ConfigProvider locale={zhCN} theme={theme} button={{ autoInsertSpace: false }}>
      <AntApp message={{ maxCount: 3 }} style={{ height: "100%" }}>
        <QueryClientProvider client={queries}>
          <SessionProvider>
            <BrowserRouter>
              <Shell />
            </BrowserRouter>
          </SessionProvider>
        </QueryClientProvider>
      </AntApp>
    </ConfigProvider>
  );
}
