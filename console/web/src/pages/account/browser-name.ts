const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/Edg\//, "Edge 浏览器"],
  [/Firefox\//, "Firefox 浏览器"],
  [/Chrome\//, "Chrome 内核浏览器"],
  [/Safari\//, "Safari 浏览器"],
];
const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/Android/, "安卓"],
  [/iPhone|iPad/, "iOS"],
  [/Windows/, "Windows"],
  [/Mac OS/, "macOS"],
  [/Linux/, "Linux"],
];

/** What a browser calls itself, in words. */
export function browserOf(agent: string | null): string {
  if (agent === null) return "未知设备";
  const browser = BROWSERS.find(([mark]) => mark.test(agent))?.[1];
  const system = SYSTEMS.find(([mark]) => mark.test(agent))?.[1];
  if (browser === undefined) return agent.slice(0, 40);
  return system === undefined ? browser : `${browser}（${system}）`;
}
