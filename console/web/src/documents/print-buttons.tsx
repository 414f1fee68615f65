import { FilePdfOutlined, FileWordOutlined, TableOutlined } from "@ant-design/icons";
import { App, Button, Space } from "antd";
import { type ReactNode, useState } from "react";

import { textOf } from "../api/errors";
import { download } from "./download";

type Size = "small" | "middle";

/** 打印: the ticket as PDF or DOCX, as far as one may see it. */
export function PrintButtons({ ticketNo, size = "middle" }: { ticketNo: string; size?: Size }) {
  const address = `/api/tickets/${encodeURIComponent(ticketNo)}/print?format=`;
  return (
    <Space.Compact>
      <DownloadButton
        url={`${address}pdf`}
        icon={<FilePdfOutlined />}
        label="PDF"
        title={`打印 ${ticketNo} 为 PDF`}
        size={size}
      />
      <DownloadButton
        url={`${address}docx`}
        icon={<FileWordOutlined />}
        label="Word"
        title={`打印 ${ticketNo} 为 Word`}
        size={size}
      />
    </Space.Compact>
  );
}

/** 导出: the list that these filters give, as XLSX. */
export function ExportButton({ filters }: { filters: URLSearchParams }) {
  const url = `/api/tickets/export.xlsx?${filters.toString()}`;
  return <DownloadButton url={url} icon={<TableOutlined />} label="导出 Excel" />;
}

interface DownloadProps {
  url: string;
  icon: ReactNode;
  label: string;
  title?: string;
  size?: Size;
}

function DownloadButton({ url, icon, label, title, size = "middle" }: DownloadProps) {
  const { message } = App.useApp();
  const [busy, setBusy] = useState(false);
  const save = async () => {
    setBusy(true);
    try {
      await download(url);
    } catch (failure) {
      void message.error(textOf(failure));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button
      icon={icon}
      loading={busy}
      title={title}
      aria-label={title}
      size={size}
      onClick={() => void save()}
    >
      {label}
    </Button>
  );
}
