/** How well two people can talk: what an agent can tell at a glance. */
export type Rating = "good" | "fair" | "bad";

export interface Quality {
  rating: Rating;
  /** Mean opinion score as the E-model (ITU-T G.107) estimates it, 1 to 4.5. */
  mos: number;
  /** Share of packets that did not come, 0 to 1. */
  loss: number;
  /** Milliseconds. */
  jitter: number;
  /** Milliseconds there and back. */
  roundTrip: number;
}

/** What a connection counts from its beginning. */
export interface Counts {
  received: number;
  lost: number;
  /** Seconds. */
  jitter: number;
  /** Seconds. */
  roundTrip: number;
}

/** Ratings by R, the E-model's scale: from 80 on users are satisfied, below 60 many are not (G.109). */
const GOOD = 80;
const FAIR = 60;
/** R of G.711 without any loss or delay. */
const BEST = 93.2;

/** The quality between two counts; the delay of the jitter buffer is taken as twice the jitter. */
export function qualityOf(before: Counts, now: Counts): Quality {
  const received = Math.max(0, now.received - before.received);
  const lost = Math.max(0, now.lost - before.lost);
  const loss = received + lost === 0 ? 1 : lost / (received + lost);
  const delay = (now.roundTrip / 2 + now.jitter * 2) * 1000 + 20;
  const late = 0.024 * delay + (delay > 177.3 ? 0.11 * (delay - 177.3) : 0);
  // G.711 with concealment of losses: Ie 0, Bpl 25.1 (G.113).
  const missing = (95 * loss * 100) / (loss * 100 + 25.1);
  const r = Math.max(0, BEST - late - missing);
  return {
    rating: r >= GOOD ? "good" : r >= FAIR ? "fair" : "bad",
    mos: 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6,
    loss,
    jitter: now.jitter * 1000,
    roundTrip: now.roundTrip * 1000,
  };
}

/** The counts of a connection. */
export async function countsOf(connection: RTCPeerConnection): Promise<Counts> {
  const counts: Counts = { received: 0, lost: 0, jitter: 0, roundTrip: 0 };
  (await connection.getStats()).forEach((report: Report) => {
    if (report.type === "inbound-rtp" && report.kind === "audio") {
      counts.received = report.packetsReceived ?? 0;
      counts.lost = report.packetsLost ?? 0;
      counts.jitter = report.jitter ?? 0;
    }
    if (report.type === "candidate-pair" && report.nominated === true) {
      counts.roundTrip = report.currentRoundTripTime ?? 0;
    }
  });
  return counts;
}

interface Report {
  type: string;
  kind?: string;
  packetsReceived?: number;
  packetsLost?: number;
  jitter?: number;
  nominated?: boolean;
  currentRoundTripTime?: number;
}
