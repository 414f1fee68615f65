import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Alert, Button, Flex, Space, Table, Typography } from "antd";
import dayjs from "dayjs";
import { type MouseEvent, useState } from "react";
import { Link, useNavigate, useSearchParams } from "react-router";

import { api, got } from "../../api/client";
import { textOf } from "../../api/errors";
import { ExportButton, PrintButtons } from "../../documents/print-buttons";
import { opensRow } from "../../tickets/row-click";
import { REQUEST_TYPES, TICKET_STATES, URGENCIES } from "../../words";
import { FilterBar, useNames } from "./filter-bar";
import { addressOf, type Filters, filtersOf, queryOf, searchOf, type Ticket } from "./filters";
import { SearchBox } from "./search-box";
import "./tickets.css";

const PAGE = 50;

/** 工单查询: all tickets that one may see, by filters or words; printed, or taken along as a table. */
export default function Tickets() {
  const [address, setAddress] = useSearchParams();
  const navigate = useNavigate();
  const filters = filtersOf(address);
  // Not in the address: a phone number does not belong into the browser's history.
  const [words, setWords] = useState("");
  const isSearch = words !== "";
  const pages = useTickets(filters);
  const hits = useHits(words);
  const shown = isSearch ? hits : pages;
  const { units, categories } = useNames();
  const nameOf = (names: { value: string; label: string }[], code: string | null | undefined) =>
    names.find(({ value }) => value === code)?.label ?? code ?? "";

  return (
    <>
      <Flex justify="space-between" align="center" className="tickets-head">
        <Typography.Title level={1} className="tickets-title">
          工单查询
        </Typography.Title>
        <SearchBox onSearch={setWords} />
        <span className={isSearch ? "tickets-away" : undefined}>
          <ExportButton filters={searchOf(filters)} />
        </span>
      </Flex>
      {isSearch ? (
        <Typography.Text role="status">
          {hits.data !== undefined && `“${words}”共找到 ${hits.data.total} 件，最相符的在前；清空搜索框后按条件筛选`}
        </Typography.Text>
      ) : (
        <FilterBar
          filters={filters}
          onChange={(next) => setAddress(addressOf(next), { replace: true })}
        />
      )}
      {shown.isError && (
        <Alert showIcon type="error" title={textOf(shown.error)} className="tickets-said" />
      )}
      <Table<Ticket>
        size="small"
        className="tickets-table"
        rowKey={(one) => one.ticket_no ?? ""}
        rowClassName="tickets-row"
        onRow={(one) => ({
          onClick: (event: MouseEvent<HTMLElement>) => {
            if (opensRow(event)) void navigate(`/tickets/${one.ticket_no ?? ""}`);
          },
        })}
        loading={shown.isPending}
        dataSource={
          isSearch
            ? (hits.data?.hits.map(({ ticket }) => ticket) ?? [])
            : (pages.data?.pages.flatMap((page) => page.tickets) ?? [])
        }
        pagination={false}
        locale={{ emptyText: "没有符合条件的工单" }}
        columns={[
          {
            title: "编号",
            width: 142,
            render: (_, one) => <Link to={`/tickets/${one.ticket_no ?? ""}`}>{one.ticket_no}</Link>,
          },
          { title: "标题", dataIndex: "title", ellipsis: true },
          {
            title: "状态",
            width: 92,
            render: (_, one) => (one.state === undefined ? "" : TICKET_STATES[one.state]),
          },
          {
            title: "类型",
            width: 76,
            render: (_, one) => REQUEST_TYPES[one.request_type ?? ""] ?? "",
          },
          { title: "紧急程度", width: 84, render: (_, one) => URGENCIES[one.urgency ?? ""] ?? "" },
          {
            title: "诉求分类",
            width: 130,
            ellipsis: true,
            render: (_, one) => nameOf(categories, one.category_l2),
          },
          {
            title: "承办单位",
            width: 120,
            ellipsis: true,
            render: (_, one) => nameOf(units, one.unit),
          },
          { title: "登记时间", width: 104, render: (_, one) => moment(one.created_at) },
          { title: "办理时限", width: 104, render: (_, one) => moment(one.resolve_due) },
          {
            title: "打印",
            width: 168,
            render: (_, one) => <PrintButtons ticketNo={one.ticket_no ?? ""} size="small" />,
          },
        ]}
      />
      {!isSearch && pages.hasNextPage && (
        <Space className="tickets-more">
          <Button loading={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
            更早的工单
          </Button>
        </Space>
      )}
    </>
  );
}

function useTickets(filters: Filters) {
  return useInfiniteQuery({
    queryKey: ["tickets", "list", filters],
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam }) => {
      const after = pageParam === undefined ? {} : { after: pageParam };
      const query = { ...queryOf(filters), ...after, limit: PAGE };
      return got(await api.GET("/api/tickets", { params: { query } }));
    },
    getNextPageParam: ({ next }) => next ?? undefined,
  });
}

/** The tickets in which all words stand. */
function useHits(words: string) {
  return useQuery({
    queryKey: ["tickets", "search", words],
    enabled: words !== "",
    queryFn: async () => {
      const query = { q: words, limit: 100 };
      return got(await api.GET("/api/tickets/search", { params: { query } }));
    },
  });
}

function moment(at: string | null | undefined): string {
  return at == null ? "" : dayjs(at).format("MM-DD HH:mm");
}
