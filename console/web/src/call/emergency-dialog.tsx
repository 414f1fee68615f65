import { Button, Modal } from "antd";

import { useKeys } from "../keys/use-keys";
import { type Service, SERVICES } from "./commands";
import "./emergency-dialog.css";

interface Props {
  onChoose: (service: Service) => void;
  onClose: () => void;
}

/** F9 and a digit: 110/119/120/12395/122 at once, with three seconds to undo. */
export function EmergencyDialog({ onChoose, onClose }: Props) {
  useKeys(Object.fromEntries(SERVICES.map(({ digit, service }) => [digit, () => onChoose(service)])));
  return (
    <Modal open title="立即转接紧急服务（3 秒内可按 Esc 撤销）" footer={null} onCancel={onClose} width={420}>
      <div className="emergency-choices">
        {SERVICES.map(({ digit, service, name }) => (
          <Button key={service} danger onClick={() => onChoose(service)}>
            <kbd>{digit}</kbd> {name}
          </Button>
        ))}
      </div>
    </Modal>
  );
}
