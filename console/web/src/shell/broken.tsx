import { Button, Result } from "antd";
import { Component, type ReactNode } from "react";

/** Keeps a page that failed from taking the frame, and a talk in it, down. */
export class Broken extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    if (!this.state.failed) return this.props.children;
    return (
      <Result
        status="error"
        title="这个页面出错了"
        subTitle="通话和已填写的内容都在。"
        extra={<Button onClick={() => this.setState({ failed: false })}>重新打开</Button>}
      />
    );
  }
}
