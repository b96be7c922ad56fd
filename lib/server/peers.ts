/**
 * Several servers that share one port, and what they must know of each other so that limits and
 * delays hold for all of them together.
 *
 * @module
 */

import type { SignInThrottle } from "../auth/throttle.ts";
import type { LoginDelay } from "./login_delay.ts";

/** What one server tells the others. It can be copied between threads and processes. */
export type PeerNews =
  | {
    /** Somebody gave a wrong password. */
    readonly kind: "sign-in failed";
    readonly address: string;
    /** `undefined` if it did not come so far as to tell. */
    readonly user: string | undefined;
  }
  | {
    /** Somebody proved who they are. */
    readonly kind: "signed in";
    readonly address: string;
    readonly user: string;
  }
  | {
    /** A maildrop was opened. */
    readonly kind: "opened";
    readonly user: string;
  }
  | {
    /** Connections of an address: one more, or one fewer. */
    readonly kind: "came" | "went";
    readonly address: string;
  };

/** Takes news to the others. */
export type TellPeers = (news: PeerNews) => void;

/** Delays after failed sign-ins, as a session knows them. */
export type Throttle = Pick<SignInThrottle, "delayFor" | "failed" | "succeeded">;

/** The throttle of one server, whose failures the others hear of. */
export function sharedThrottle(own: Throttle, tell: TellPeers): Throttle {
  return {
    delayFor: (address, user) => own.delayFor(address, user),
    failed(address, user): void {
      own.failed(address, user);
      tell({ kind: "sign-in failed", address, user });
    },
    succeeded(address, user): void {
      own.succeeded(address, user);
      tell({ kind: "signed in", address, user });
    },
  };
}

/** Seconds between two sign-ins, as a session knows them. */
export type SignInInterval = Pick<LoginDelay, "seconds" | "secondsLeft" | "signedIn">;

/** The interval of one server, whose sign-ins the others hear of. */
export function sharedInterval(own: SignInInterval, tell: TellPeers): SignInInterval {
  return {
    seconds: own.seconds,
    secondsLeft: (user) => own.secondsLeft(user),
    signedIn(user): void {
      own.signedIn(user);
      tell({ kind: "opened", user });
    },
  };
}
