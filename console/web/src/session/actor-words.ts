/** Who acts without being a person. */
const PROGRAMS: Record<string, string> = {
  line: "热线系统",
  speech: "语音识别",
  system: "系统",
  import: "数据导入",
  operator: "运维命令行",
  web: "网站",
};

/** Accounts of those who take calls are called by their extension (工号), which people know. */
const EXTENSION = /^\d+$/;

/** Somebody in a record for people: 演示一（1001）, 演示派单员一; a program by what it is. */
export function actorWords(name: string, fullName?: string | null): string {
  if (fullName == null || fullName === name) return PROGRAMS[name] ?? name;
  return EXTENSION.test(name) ? `${fullName}（${name}）` : fullName;
}
