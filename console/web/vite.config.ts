import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// `npm run dev` shows the pages with the API of a running line: HOTLINE_CONSOLE names its address.
const line = process.env.HOTLINE_CONSOLE ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react()],
  build: {
    target: "es2022",
    manifest: true,
    // Nothing is written into the styles: the policy of the pages allows no data: fonts.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1500,
  },
  server: {
    proxy: {
      "/api": { target: line, ws: true },
      "/sip": { target: line, ws: true },
    },
  },
});
