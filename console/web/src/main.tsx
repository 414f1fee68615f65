import "@fontsource-variable/noto-sans-sc";
import "dayjs/locale/zh-cn";

import dayjs from "dayjs";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { App } from "./app";
import "./base.css";

dayjs.locale("zh-cn");

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
