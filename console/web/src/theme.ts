import type { ThemeConfig } from "antd";

/** Colours with enough contrast on white (WCAG AA) and a density for 1366x768. */
export const theme: ThemeConfig = {
  token: {
    colorPrimary: "#0b5cad",
    colorLink: "#0b5cad",
    colorError: "#c4211f",
    // Lighter ones, as the library would take, are too faint on white.
    colorErrorHover: "#a81a18",
    colorErrorBorderHover: "#a81a18",
    colorWarning: "#9a5b00",
    colorSuccess: "#1f7a33",
    // Alerts: derived from colours so dark, their backgrounds would be grey.
    colorWarningBg: "#fff8e6",
    colorWarningBorder: "#e8c677",
    colorSuccessBg: "#eef8f0",
    colorSuccessBorder: "#9bd0a6",
    colorTextDescription: "rgba(0,0,0,0.65)",
    colorTextPlaceholder: "rgba(0,0,0,0.58)",
    borderRadius: 4,
    fontSize: 14,
    fontFamily:
      '"PingFang SC","Microsoft YaHei","Noto Sans CJK SC","Noto Sans SC Variable",sans-serif',
  },
  components: {
    Layout: { headerHeight: 48, headerPadding: "0 16px", siderBg: "#fff" },
    Form: { itemMarginBottom: 12 },
    Descriptions: { labelColor: "rgba(0,0,0,0.65)" },
  },
};

/** Colours of tags with white text on them (WCAG AA), by meaning. */
export const TAG = {
  good: "#1f7a33",
  busy: "#0b5cad",
  waiting: "#8a5200",
  bad: "#b3201e",
  after: "#5b3aa8",
  none: "#595959",
} as const;
