import { FilePdfOutlined, FileWordOutlined, TableOutlined } from "@ant-design/icons";
import { App, Button, Space } from "antd";
import { useState } from "react";

import { textOf } from "../api/errors";
import { download } from "./download";

/** 打印: the ticket as PDF or DOCX, as far as one may see it. */
export function PrintButtons({ ticketNo }: { ticketNo: string }) {
  const address = `/api/tickets/${encodeURIComponent(ticketNo)}/print?format=`;
  return (
    <Space.Compact>
      <DownloadButton url={`${address}pdf`} icon={<FilePdfOutlined />} label="打印 PDF" />
      <DownloadButton url={`${address}docx`} icon={<FileWordOutlined />} label="Word" />
    </Space.Compact>
  );
}

/** 导出: the list that these filters give, as XLSX. */
export function ExportButton({ filters }: { filters: URLSearchParams }) {
  const url = `/api/tickets/export.xlsx?${filters.toString()}`;
  return <DownloadButton url={url} icon={<TableOutlined />} label="导出 Excel" />;
}

function DownloadButton({ url, icon, label }: { url: string; icon: React.ReactNode; label: string }) {
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
    <Button icon={icon} loading={busy} onClick={() => void save()}>
      {label}
    </Button>
  );
}
