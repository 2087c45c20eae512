/** What the server takes and gives, made from its schemas by `make client-types`: do not edit. */

import type { RowCommand } from "./guesses.js";

export interface InlineReport {
  readonly ground: "harassment" | "sexual" | "hate" | "money" | "contact_outside" | "pressure" | "danger" | "other";
  readonly words?: string;
  /** The messages that a moderator may read. */
  readonly messages?: readonly string[];
  /** That a moderator may read these messages, and no others. */
  readonly consent?: boolean;
  readonly id: string;
}

export interface Must {
  readonly gender?: "woman" | "man" | "nonbinary";
  readonly age_bands?: readonly ("under_18" | "18_24" | "25_39" | "40_59" | "60_plus")[];
  /** Topics that the specialist has lived through. */
  readonly topics?: readonly string[];
  /** Left out: true. Only specialists who have lived through one of the topics of the request, or something close to it, or who say that they can listen to it well. */
  readonly lived?: boolean;
}

export interface SetAvailability {
  /** An IANA zone, such as 'Europe/Berlin'. */
  readonly zone?: string;
  /** [[day, from, to]…]: 0 is Monday; minutes. */
  readonly weekly?: readonly (readonly number[])[];
  /** {date: [[from, to]…]}: days that are different; [] is a day off. */
  readonly exceptions?: { readonly [name: string]: readonly (readonly number[])[] };
}

export interface Terms {
  readonly locale?: "en" | "de" | "es";
  readonly purpose?: string;
  readonly boundaries?: string;
  readonly kept?: string;
  readonly hours?: string;
  readonly reply_within_hours?: number;
  readonly weeks?: number;
  readonly ending?: string;
  /** Whether both show each other what they have read, a little later. If left out: no. */
  readonly receipts?: boolean;
}

export interface Wishes {
  readonly gender?: "woman" | "man" | "nonbinary";
  readonly age_bands?: readonly ("under_18" | "18_24" | "25_39" | "40_59" | "60_plus")[];
  /** They count only for specialists who show them. */
  readonly identities?: readonly string[];
  readonly style?: "listening" | "practical" | "gentle" | "direct";
}

/** The arguments of every command. */
export interface Commands {
  /** Acknowledge a message of somebody else, or take the acknowledgement back. */
  "ack.set": {
    readonly space: string;
    readonly message: string;
    readonly heard?: boolean;
    readonly with_you?: boolean;
    readonly thank_you_for_telling_me?: boolean;
    readonly tell_me_more_when_ready?: boolean;
    readonly i_need_time?: boolean;
  };
  /** Say no to the proposed agreement. The one in force stays in force. */
  "agreement.decline": {
    readonly space: string;
    readonly sha256: string;
  };
  /** Propose an agreement, or a change of it. The one in force stays in force until both have signed the new one. */
  "agreement.propose": {
    readonly space: string;
    readonly id: string;
    readonly terms?: Terms;
  };
  /** Sign the agreement that was shown to me. Signing twice is the same as once. */
  "agreement.sign": {
    readonly space: string;
    readonly sha256: string;
  };
  /** Withdraw from the agreement: the pairing pauses until both have signed another one. Nothing is deleted. */
  "agreement.withdraw": {
    readonly space: string;
  };
  /** Say when I can talk. */
  "availability.set": {
    /** An IANA zone, such as 'Europe/Berlin'. */
    readonly zone?: string;
    /** [[day, from, to]…]: 0 is Monday; minutes. */
    readonly weekly?: readonly (readonly number[])[];
    /** {date: [[from, to]…]}: days that are different; [] is a day off. */
    readonly exceptions?: { readonly [name: string]: readonly (readonly number[])[] };
  };
  /** Lift a block, so that I can read again what we wrote. */
  "block.lift": {
    readonly space: string;
  };
  /** Block the other in a pairing, and report them in the same step if I want. */
  "block.set": {
    readonly space: string;
    readonly report?: InlineReport;
  };
  /** Say something to somebody whose call I took. */
  "call.say": {
    readonly id: string;
    readonly words: string;
  };
  /** Say that I have seen a call. Others are still called. */
  "call.see": {
    readonly id: string;
  };
  /** Take a call: I am there for this person now. */
  "call.take": {
    readonly id: string;
  };
  /** Delete a check-in of mine; the trend is computed again without it. */
  "checkin.delete": {
    readonly id: string;
  };
  /** Note for myself how a pairing is going. */
  "checkin.put": {
    readonly id: string;
    readonly pairing: string;
    /** 0 (not at all) to 10 (fully); left out or null: not answered. */
    readonly could_say?: number | null;
    /** 0 (not at all) to 10 (fully); left out or null: not answered. */
    readonly can_rely?: number | null;
    /** 0 (not at all) to 10 (fully); left out or null: not answered. */
    readonly both_gave?: number | null;
    /** What only the app can read. */
    readonly sealed?: string;
  };
  /** Answer the person who asked me for a talk. */
  "debrief.answer": {
    readonly id: string;
    readonly words: string;
  };
  /** Ask the supervisor of a pairing for a talk. */
  "debrief.ask": {
    readonly space: string;
    readonly id: string;
    readonly words: string;
    /** Messages that the supervisor may read. */
    readonly messages?: readonly string[];
  };
  /** Close a debrief, because it is settled. The supervisor does not keep the messages. */
  "debrief.close": {
    readonly id: string;
  };
  /** Hand a debrief to the present supervisor of the specialist. I keep none of its messages. */
  "debrief.hand_over": {
    readonly id: string;
  };
  /** Invite the other member to open something together. */
  "disclosure.invite": {
    readonly space: string;
    readonly id: string;
    /** What it is about; or `prompt`. */
    readonly theme?: string;
    readonly prompt?: string;
    /** How long both have to seal their cards. */
    readonly hours?: number;
  };
  /** Seal my card. If the other has sealed theirs already, both are opened. */
  "disclosure.seal": {
    readonly space: string;
    readonly id: string;
    readonly text: string;
    /** Facts of mine, of tier `open_together` or wider, to open with it. */
    readonly facts?: readonly string[];
  };
  /** Withdraw from a disclosure: my card is deleted, the other's stays private, and nobody is told who withdrew. */
  "disclosure.withdraw": {
    readonly space: string;
    readonly id: string;
  };
  /** Record that something about the peer was told to others. */
  "escalation.record": {
    readonly space: string;
    readonly id: string;
    readonly ground: "danger_to_self" | "danger_to_others" | "danger_to_child" | "medical" | "law" | "other";
    /** Who was told, such as 'my supervisor'. */
    readonly to: string;
    /** What they were told. */
    readonly told: string;
    /** Messages that were shared. */
    readonly messages?: readonly string[];
    /** Whether the peer agreed to it. */
    readonly consent: boolean;
    /** The name of the person who decided. */
    readonly decided_by: string;
    /** Why the peer is not told. Left out: they are, by this record. */
    readonly why_not?: string;
  };
  /** Show the peer an escalation that was not shown when it was recorded. */
  "escalation.tell": {
    readonly space: string;
    readonly id: string;
  };
  /** Delete a fact about myself. */
  "fact.delete": {
    readonly id: string;
  };
  /** Write a fact about myself, or some of its fields. Of two concurrent edits, the narrower tier wins. */
  "fact.put": {
    readonly id: string;
    /** A topic; for an identity, a tag of one's own. */
    readonly topic?: string;
    readonly kind?: "lived" | "learning" | "interest" | "identity";
    readonly depth?: number;
    /** Who may know of it. */
    readonly tier?: "private" | "match_only" | "open_together" | "paired" | "profile";
    /** The tier that was on the screen. It is widened only if it still is that one. */
    readonly seen?: "private" | "match_only" | "open_together" | "paired" | "profile";
  };
  /** Say that I cannot go on with a pairing after a given time. The peer is told now, and is offered somebody else. */
  "handover.announce": {
    readonly pairing: string;
    /** The last day of this pairing. */
    readonly until: number;
    readonly words?: string;
  };
  /** Refuse the search for another person after this pairing. */
  "handover.refuse": {
    readonly pairing: string;
  };
  /** Take my letter back. I can write it again as long as the pairing goes on. */
  "letter.withdraw": {
    readonly space: string;
  };
  /** Write or change my goodbye letter. If I also take it back on another phone, the later of the two wins. */
  "letter.write": {
    readonly space: string;
    readonly text: string;
  };
  /** Delete a message of mine. */
  "message.delete": {
    readonly space: string;
    readonly id: string;
  };
  /** Change the text of a message of mine, and keep the text it had. */
  "message.edit": {
    readonly space: string;
    readonly id: string;
    readonly text: string;
  };
  /** Say that a message of mine was hard to say, or that it was not. */
  "message.flag": {
    readonly space: string;
    readonly id: string;
    /** It took courage to write this. */
    readonly hard_to_say: boolean;
  };
  /** Add a message to a space in which its members can write now. */
  "message.send": {
    readonly space: string;
    readonly id: string;
    readonly text: string;
    /** The message that this one answers. */
    readonly reply_to?: string | null;
    /** Whose words these are: a `person` wrote them, or chose a `template`. Only Beside itself sends as `system`. */
    readonly origin: "person" | "template" | "system";
    /** It took courage to write this. */
    readonly hard_to_say?: boolean;
  };
  /** Pin a record of our space. It becomes a milestone once both of us have pinned it. */
  "milestone.pin": {
    readonly space: string;
    readonly kind: "message" | "question" | "disclosure" | "step" | "strength" | "promise";
    /** The id of the record. */
    readonly of: string;
  };
  /** Take my pin back. If the record was a milestone, the milestone is deleted. */
  "milestone.unpin": {
    readonly space: string;
    readonly kind: "message" | "question" | "disclosure" | "step" | "strength" | "promise";
    /** The id of the record. */
    readonly of: string;
  };
  /** Unmute a conversation, so that it rings again. */
  "mute.lift": {
    readonly space: string;
  };
  /** Mute one conversation, so that nothing of it rings on my phones. */
  "mute.set": {
    readonly space: string;
    /** Until when nothing rings, in ms since the epoch; null, or left out: until I unmute it; 0: not muted. */
    readonly until?: number | null;
  };
  /** Delete a note of mine. One that this server never saw leaves a tombstone too: its `note.put` may arrive later. */
  "note.delete": {
    readonly id: string;
  };
  /** Write a note of mine, or some of its fields. */
  "note.put": {
    readonly id: string;
    readonly title?: string;
    readonly body?: string;
    readonly mood?: number | null;
  };
  /** Accept an offer: the reserved place is taken, and the pairing is made. */
  "offer.accept": {
    readonly id: string;
    /** How I am called in this pairing; left out: as in my practice. */
    readonly name?: string;
    /** The terms of the agreement that I propose. */
    readonly terms?: Terms;
  };
  /** Decline an offer. A reason is optional, and only I can read it. */
  "offer.decline": {
    readonly id: string;
    /** For myself only. */
    readonly reason?: string;
    /** Topics I cannot listen to now. */
    readonly not_now?: readonly string[];
  };
  /** End a pairing, or take an invitation back. Ending it twice is the same as once. */
  "pairing.end": {
    /** The id of the pairing. */
    readonly pairing: string;
    /** What becomes of what I said. `erased`: it is gone, from both phones as well. */
    readonly words?: "kept" | "erased";
  };
  /** Give back, within a day, a pairing that a standing yes made. The peer's request goes on at once. */
  "pairing.hand_back": {
    /** The id of the pairing. */
    readonly pairing: string;
  };
  /** Open a space for two with the specialist in it, and make the code that lets one peer in. */
  "pairing.invite": {
    /** How the specialist is called in this pairing. */
    readonly name?: string;
    /** For operators and the specialist's own supervisor: who is meant, by handle. */
    readonly specialist?: string;
    /** How long the code can be used. */
    readonly hours?: number;
    /** What the specialist proposes to agree on. */
    readonly terms?: Terms;
  };
  /** Accept an invitation. The code works once. If I have read the agreement, I can sign it at the same time. */
  "pairing.join": {
    /** Small letters do as well, and spaces or nothing for the hyphens. */
    readonly code: string;
    /** How I am called in this pairing. */
    readonly name?: string;
    /** The sha256 of the agreement, if it was read and is signed at once. */
    readonly agreement?: string;
  };
  /** Pause a pairing, for a while or until I resume it. */
  "pairing.pause": {
    /** The id of the pairing. */
    readonly pairing: string;
    /** When it goes on by itself; left out: when I resume it. */
    readonly until?: number;
  };
  /** Part without blame. Both are told the same and never meet again; the peer's request goes on and keeps its age. */
  "pairing.rematch": {
    /** The id of the pairing. */
    readonly pairing: string;
    /** For nobody to read but you; never shown. */
    readonly reason?: string;
  };
  /** Go on with a pairing that I paused. If the other has paused it as well, it goes on when they resume it. */
  "pairing.resume": {
    /** The id of the pairing. */
    readonly pairing: string;
  };
  /** Write my safety plan, or some of it. */
  "plan.edit": {
    /** How I notice that it is getting worse. */
    readonly notice?: string;
    /** What has helped me through before. */
    readonly soothe?: string;
    /** Where I can go to be among people. */
    readonly go_to?: string;
    /** Whom I can call, and their numbers. */
    readonly call?: string;
    /** What I put out of reach. */
    readonly keep_away?: string;
    /** What I want to be here for. */
    readonly worth?: string;
  };
  /** Say that messages up to a seq have arrived. */
  "position.delivered": {
    readonly space: string;
    /** The `first_seq` of the last message that arrived, or the `seq` of any later change. */
    readonly seq: number;
  };
  /** Say that I have read up to a seq; what is read has also arrived. */
  "position.read": {
    readonly space: string;
    /** The `first_seq` of the last message read, or the `seq` of any later change. */
    readonly seq: number;
  };
  /** Say how I offer to listen. */
  "practice.edit": {
    /** What those I am suggested to may call me. */
    readonly name?: string;
    /** Shown to them as well. */
    readonly about?: string;
    /** How many people Beside may bring me at once. */
    readonly places?: number;
    /** A request is accepted for me at once. */
    readonly standing_yes?: boolean;
    /** Topics that I cannot listen to now. They are shown to no peer; but a peer who asks with and without a topic can see that I am on one list and not on the other. */
    readonly avoid?: readonly string[];
    /** How well I can listen to each topic. */
    readonly comfort?: { readonly [name: string]: number };
    readonly style?: "listening" | "practical" | "gentle" | "direct" | null;
    readonly age_bands?: readonly ("under_18" | "18_24" | "25_39" | "40_59" | "60_plus")[];
    /** No common hours are needed. */
    readonly asynchronous?: boolean;
    /** Places (an employer, a school) whose people I must not meet here. */
    readonly apart?: readonly string[];
  };
  /** Take a breather: I get no new people until a time. */
  "practice.pause": {
    readonly until: number;
  };
  /** End the breather. */
  "practice.resume": { readonly [name: string]: never };
  /** Change fields of my profile. */
  "profile.edit": {
    readonly name?: string;
    readonly pronouns?: string;
    readonly about?: string;
    readonly languages?: { readonly [name: string]: 1 | 2 | 3 };
    readonly gender?: "woman" | "man" | "nonbinary" | null;
    readonly age_band?: "under_18" | "18_24" | "25_39" | "40_59" | "60_plus" | null;
  };
  /** Change the settings of this programme. */
  "programme.edit": {
    /** Safeguards of specialists that an invitation does not ask for, though matching always does. Each pairing made without one says so, to both. */
    readonly invitations_without?: readonly ("supervisor" | "credential" | "minors_ok")[];
  };
  /** Excuse the other member from a promise, before or after it is missed. */
  "promise.excuse": {
    readonly space: string;
    readonly id: string;
  };
  /** Keep a promise of mine. If I do so in time and this arrives up to two hours late, it counts, marked as late. */
  "promise.keep": {
    readonly space: string;
    readonly id: string;
  };
  /** Promise something by a time. */
  "promise.make": {
    readonly space: string;
    readonly id: string;
    readonly sort?: "back" | "reply" | "think" | "check";
    /** The local time of whoever promises. Of a time that comes twice, the later one counts. */
    readonly by: string;
    /** An IANA zone, such as 'Europe/Berlin'. */
    readonly zone: string;
    readonly words?: string;
  };
  /** Move a promise of mine to a later time, before the promised time is over. */
  "promise.renew": {
    readonly space: string;
    readonly id: string;
    /** The local time of whoever promises. Of a time that comes twice, the later one counts. */
    readonly by: string;
    /** An IANA zone, such as 'Europe/Berlin'. */
    readonly zone: string;
  };
  /** Take back what I wrote beside a promise. What I promised, and by when, stays. */
  "promise.withdraw_words": {
    readonly space: string;
    readonly id: string;
  };
  /** Answer a question that I was asked. */
  "question.answer": {
    readonly space: string;
    readonly id: string;
    readonly text: string;
  };
  /** Ask an open question. The record keeps the words, also if the library changes them later. */
  "question.ask": {
    readonly space: string;
    readonly id: string;
    readonly prompt?: string;
    readonly locale?: "en" | "de" | "es";
    /** My own question; left out where `prompt` names one. */
    readonly text?: string;
  };
  /** Pass a question that I was asked. To pass is an answer. */
  "question.pass": {
    readonly space: string;
    readonly id: string;
  };
  /** Take back my answer, which then counts as a pass; or my question, as long as it has no answer. */
  "question.withdraw": {
    readonly space: string;
    readonly id: string;
  };
  /** Set my quiet hours, in which nothing may ring. */
  "quiet.set": {
    /** An IANA zone, such as 'Europe/Berlin'. */
    readonly zone?: string;
    /** [[from, to]…], in minutes of each day; may go past midnight. */
    readonly spans?: readonly (readonly number[])[];
  };
  /** Agree to talk about what feels off to the other member. */
  "repair.accept": {
    readonly space: string;
    readonly id: string;
  };
  /** Close a repair, because what felt off is settled well enough. */
  "repair.close": {
    readonly space: string;
    readonly id: string;
  };
  /** Say that something feels off, and that I would like to talk about us. */
  "repair.invite": {
    readonly space: string;
    readonly id: string;
    readonly words?: string;
  };
  /** Take back what I said about us. */
  "repair.withdraw": {
    readonly space: string;
    readonly id: string;
  };
  /** Close a report with its outcome, which may be a sanction. The reporter learns only whether action was taken. */
  "report.close": {
    readonly id: string;
    readonly outcome: "no_action" | "spoken_to" | "warned" | "suspended" | "removed";
    /** Until when the person is suspended; only with `suspended`. */
    readonly until?: number;
    /** What the person reported reads: what they did. Name nobody who reported. */
    readonly words?: string;
    readonly note?: string;
  };
  /** Report what happened in a pairing. */
  "report.file": {
    readonly ground: "harassment" | "sexual" | "hate" | "money" | "contact_outside" | "pressure" | "danger" | "other";
    readonly words?: string;
    /** The messages that a moderator may read. */
    readonly messages?: readonly string[];
    /** That a moderator may read these messages, and no others. */
    readonly consent?: boolean;
    readonly space: string;
    readonly id: string;
  };
  /** Take a report, to look into it. */
  "report.take": {
    /** As the queue has it. */
    readonly id: string;
  };
  /** Change what I look for. The search starts again. If the topics change, a widening by `lived` is undone. */
  "request.change": {
    readonly id: string;
    /** Whether I choose, or take the first who can. */
    readonly mode?: "choose" | "first_who_can";
    /** What it is about, and how much each matters. */
    readonly topics?: { readonly [name: string]: number };
    /** Topics that are used to find somebody, and named to nobody. */
    readonly quiet?: readonly string[];
    /** Left out when opening: as in my profile. */
    readonly languages?: { readonly [name: string]: 1 | 2 | 3 };
    readonly must?: Must;
    readonly wishes?: Wishes;
    /** No common hours are needed. */
    readonly asynchronous?: boolean;
    readonly patience_hours?: number;
    /** What the specialist may call me. */
    readonly name?: string;
    /** First words to the specialist who is asked. */
    readonly note?: string;
  };
  /** Choose somebody from my short list. If they have been taken meanwhile, the request says so and goes on. */
  "request.choose": {
    readonly id: string;
    /** The id of the person, as the short list has it. */
    readonly person: string;
  };
  /** Ask for other people than those on my short list; for three days no list suggests them again. */
  "request.keep_looking": {
    readonly id: string;
  };
  /** Say that I need someone. People are looked for at once. */
  "request.open": {
    readonly id: string;
    /** Whether I choose, or take the first who can. */
    readonly mode?: "choose" | "first_who_can";
    readonly topics: { readonly [name: string]: number };
    /** Topics that are used to find somebody, and named to nobody. */
    readonly quiet?: readonly string[];
    /** Left out when opening: as in my profile. */
    readonly languages?: { readonly [name: string]: 1 | 2 | 3 };
    readonly must?: Must;
    readonly wishes?: Wishes;
    /** No common hours are needed. */
    readonly asynchronous?: boolean;
    readonly patience_hours?: number;
    /** What the specialist may call me. */
    readonly name?: string;
    /** First words to the specialist who is asked. */
    readonly note?: string;
    /** Places (an employer, a school) whose people I must not meet here. They cannot be changed later: whoever is on the list without a place, and not with it, would be known to have named it. */
    readonly apart?: readonly string[];
  };
  /** Turn a condition of `must` into a wish, or drop it. The search starts again. */
  "request.widen": {
    readonly id: string;
    readonly relax: "gender" | "age_bands" | "topics" | "hours" | "lived";
  };
  /** Withdraw my request. A specialist who was asked is told only that the offer was taken back. */
  "request.withdraw": {
    readonly id: string;
  };
  /** Appeal against a sanction: another moderator decides about it. */
  "sanction.appeal": {
    readonly id: string;
    readonly words: string;
  };
  /** Answer an appeal. The operator who imposed a sanction cannot decide about the appeal against it. */
  "sanction.decide": {
    readonly handle: string;
    /** Of the sanction, as the list of appeals has it. */
    readonly id: string;
    readonly outcome: "upheld" | "lifted";
    /** What the person reads. */
    readonly words: string;
  };
  /** Warn, suspend or remove somebody, without a report. */
  "sanction.impose": {
    readonly handle: string;
    readonly action: "warned" | "suspended" | "removed";
    /** Until when somebody is suspended; only with `suspended`. */
    readonly until?: number;
    /** What the person reads: what they did, and what follows. Name nobody who reported it. */
    readonly words: string;
  };
  /** Take a sanction back before it ends. */
  "sanction.lift": {
    readonly handle: string;
    readonly id: string;
    /** What the person reads. */
    readonly words: string;
  };
  /** Delete an event, once I have seen it. */
  "security_event.dismiss": {
    readonly id: string;
  };
  /** Close the session. The first close announces the end; it ends when the other closes too, or at that time. */
  "session.close": {
    readonly space: string;
    readonly words?: string;
  };
  /** Extend the session. If both members extend it at the same time, the later end counts. */
  "session.extend": {
    readonly space: string;
    readonly until: number;
  };
  /** Open a session, and say until when it lasts. */
  "session.open": {
    readonly space: string;
    /** When it ends; in at most a day. */
    readonly until: number;
    /** How long nobody writes before the end is announced. Said at the start. */
    readonly idle_minutes?: number;
  };
  /** Close my SOS, unless I raised it again after I sent this: raising overtakes earlier mutations of a phone. */
  "sos.close": {
    readonly id: string;
  };
  /** Raise an SOS: I need somebody now. While one is open it stays the same SOS; if it is taken, others are called. */
  "sos.raise": {
    readonly id: string;
    /** Cut after 500 characters: no call for help is refused for its words. */
    readonly words?: string | null;
  };
  /** Say something to the people who have been called. */
  "sos.say": {
    readonly id: string;
    readonly words: string;
  };
  /** Say who supervises a specialist, and until when they may take people. An announced leave stays announced. */
  "specialist.certify": {
    readonly specialist: string;
    readonly supervisor: string | null;
    readonly until: number;
    readonly minors_ok?: boolean;
  };
  /** Take a specialist out of service. Refused while a pairing has no handover, unless the loss is sudden. */
  "specialist.deactivate": {
    readonly specialist: string;
    /** They cannot say goodbye themselves. */
    readonly sudden?: boolean;
    /** Who can be turned to meanwhile, by name. */
    readonly stand_in?: string;
  };
  /** Say that a specialist leaves on a day: they get no new people, and each of their pairings is handed over. */
  "specialist.leave": {
    /** For operators and their own supervisor; otherwise it is me. */
    readonly specialist?: string;
    readonly until: number;
    readonly words?: string;
  };
  /** Bring a specialist back into service. Their former pairings stay ended. */
  "specialist.reactivate": {
    readonly specialist: string;
  };
  /** Take back, with words for the peers, that a specialist leaves: the handovers that it began end. */
  "specialist.stay": {
    /** For operators and their own supervisor; otherwise it is me. */
    readonly specialist?: string;
    /** What the peers read. */
    readonly words: string;
  };
  /** Choose a step, change its text, or say what became of it. Only the peer can do this. */
  "step.change": {
    readonly space: string;
    readonly id: string;
    readonly text?: string;
    readonly state?: "adopted" | "done" | "let_go";
  };
  /** Add a step. The step of a specialist is only a proposal; the step of the peer is chosen at once. */
  "step.propose": {
    readonly space: string;
    readonly id: string;
    readonly text: string;
  };
  /** Take back a step. The peer can take back any step, a specialist only an own step that is still proposed. */
  "step.withdraw": {
    readonly space: string;
    readonly id: string;
  };
  /** Write my story card. The pairings in which I share it show the new text. */
  "story.edit": {
    readonly text: string;
  };
  /** Share my story card in a pairing. */
  "story.share": {
    readonly space: string;
  };
  /** Take my story card back from a pairing. */
  "story.unshare": {
    readonly space: string;
  };
  /** Name a strength that I notice, or change its text. */
  "strength.notice": {
    readonly space: string;
    readonly id: string;
    readonly text: string;
  };
  /** Take back a strength that I named. */
  "strength.withdraw": {
    readonly space: string;
    readonly id: string;
  };
  /** Allow a suggestion, so that I can read its text. */
  "suggestion.allow": {
    readonly space: string;
    readonly id: string;
  };
  /** Ask whether I may suggest something. */
  "suggestion.ask": {
    readonly space: string;
    readonly id: string;
    readonly text: string;
    /** What it is about, in a few words; shown with the question. */
    readonly about?: string;
  };
  /** Say that I do not want to read a suggestion now. I can still allow it later. */
  "suggestion.not_now": {
    readonly space: string;
    readonly id: string;
  };
  /** Take my suggestion back. Its words are deleted, also if the other member has read them. */
  "suggestion.withdraw": {
    readonly space: string;
    readonly id: string;
  };
  /** Let the present supervisor read the escalations that I read while I supervised the specialist. */
  "supervision.share_past": {
    /** Of my record `supervision`, which has ended. */
    readonly id: string;
  };
  /** Remove the mark. */
  "unread.clear": {
    readonly space: string;
  };
  /** Count a conversation as unread from one message on. */
  "unread.mark": {
    readonly space: string;
    /** The `first_seq` of the first message that counts as unread; 0 removes the mark. */
    readonly seq: number;
  };
  /** Delete a row of mine that was refused, once I have seen it. */
  "unsent.discard": {
    readonly id: string;
  };
  /** Put somebody on call, or take them off call. */
  "watch.edit": {
    readonly handle: string;
    /** null: no more. */
    readonly hours: SetAvailability | null;
  };
}

/** The data of the records of every kind. */
export interface Kinds {
  "ack": {
    readonly message?: string;
    readonly heard?: boolean;
    readonly with_you?: boolean;
    readonly thank_you_for_telling_me?: boolean;
    readonly tell_me_more_when_ready?: boolean;
    readonly i_need_time?: boolean;
  };
  "agreement": {
    readonly version?: number;
    readonly terms?: { readonly [name: string]: unknown } | null;
    readonly sha256?: string;
    readonly state?: string;
    readonly signed?: { readonly [name: string]: unknown } | null;
  };
  "availability": {
    /** An IANA zone, such as 'Europe/Berlin'. */
    readonly zone?: string;
    /** [[day, from, to]…]: 0 is Monday; minutes. */
    readonly weekly?: readonly (readonly number[])[];
    /** {date: [[from, to]…]}: days that are different; [] is a day off. */
    readonly exceptions?: { readonly [name: string]: readonly (readonly number[])[] } | null;
  };
  "block": {
    readonly where?: string;
    readonly at?: number;
    readonly lifted?: boolean;
  };
  "call": {
    readonly state?: string;
    readonly raised_at?: number;
    readonly where?: string | null;
    readonly words?: string | null;
    readonly said?: readonly unknown[];
    readonly as?: string;
    readonly again_at?: number | null;
  };
  "card": {
    readonly where?: string;
    readonly sort?: string;
    readonly about?: string;
    readonly text?: string;
    readonly facts?: readonly unknown[];
  };
  "checkin": {
    readonly pairing?: string;
    /** 0 (not at all) to 10 (fully); left out or null: not answered. */
    readonly could_say?: number | null;
    /** 0 (not at all) to 10 (fully); left out or null: not answered. */
    readonly can_rely?: number | null;
    /** 0 (not at all) to 10 (fully); left out or null: not answered. */
    readonly both_gave?: number | null;
    /** What only the app can read. */
    readonly sealed?: string | null;
    readonly at?: number;
  };
  "credential": {
    readonly supervised?: boolean;
    readonly supervised_since?: number | null;
    readonly until?: number;
    readonly minors_ok?: boolean;
  };
  "debrief": {
    readonly where?: string | null;
    readonly words?: string;
    readonly messages?: readonly unknown[];
    readonly answer?: string | null;
    readonly state?: string;
    readonly asked_at?: number;
    readonly by?: string | null;
    readonly handed_over_at?: number | null;
  };
  "disclosure": {
    /** What it is about; or `prompt`. */
    readonly theme?: string | null;
    readonly prompt?: string | null;
    /** How long both have to seal their cards. */
    readonly hours?: number;
    readonly due_at?: number;
    readonly state?: string;
    readonly sealed?: readonly unknown[];
    readonly cards?: { readonly [name: string]: unknown } | null;
    readonly mine?: string;
  };
  "escalation": {
    readonly ground?: string;
    /** Who was told, such as 'my supervisor'. */
    readonly to?: string;
    /** What they were told. */
    readonly told?: string;
    /** Messages that were shared. */
    readonly messages?: readonly string[];
    /** Whether the peer agreed to it. */
    readonly consent?: boolean;
    /** The name of the person who decided. */
    readonly decided_by?: string;
    /** Why the peer is not told. Left out: they are, by this record. */
    readonly why_not?: string | null;
    readonly at?: number;
    readonly told_at?: number | null;
    readonly where?: string;
  };
  "fact": {
    /** A topic; for an identity, a tag of one's own. */
    readonly topic?: string;
    readonly kind?: string;
    readonly depth?: number;
    /** Who may know of it. */
    readonly tier?: string;
    readonly seen?: string;
  };
  "handover": {
    readonly sort?: string;
    readonly state?: string;
    readonly until?: number | null;
    readonly words?: string;
    readonly stand_in?: string | null;
  };
  "introduction": {
    readonly facts?: readonly unknown[];
  };
  "letter": {
    readonly text?: string;
  };
  "membership": {
    readonly space?: string;
    readonly member?: string;
    readonly role?: string;
  };
  "message": {
    readonly text?: string;
    /** The message that this one answers. */
    readonly reply_to?: string | null;
    readonly sent_at?: number;
    readonly edited?: boolean;
    /** Whose words these are: a `person` wrote them, or chose a `template`. Only Beside itself sends as `system`. */
    readonly origin?: string;
    /** It took courage to write this. */
    readonly hard_to_say?: boolean;
  };
  "milestone": {
    readonly kind?: string;
    readonly of?: string;
    readonly pinned_at?: number;
  };
  "mute": {
    readonly where?: string;
    /** Until when nothing rings, in ms since the epoch; null, or left out: until I unmute it; 0: not muted. */
    readonly until?: number | null;
  };
  "note": {
    readonly title?: string;
    readonly body?: string;
    readonly mood?: number | null;
  };
  "nudge": {
    readonly where?: string;
    readonly message?: string;
  };
  "offer": {
    readonly state?: string;
    readonly sent_at?: number;
    readonly due_at?: number;
    readonly topics?: { readonly [name: string]: unknown } | null;
    readonly languages?: readonly unknown[];
    readonly name?: string | null;
    readonly note?: string | null;
    readonly reasons?: readonly unknown[];
    readonly limit?: { readonly [name: string]: unknown } | null;
    /** For myself only. */
    readonly reason?: string | null;
    /** Topics I cannot listen to now. */
    readonly not_now?: readonly string[];
    readonly pairing?: string | null;
  };
  "pairing": {
    readonly state?: string;
    readonly code?: string | null;
    readonly expires_at?: number | null;
    readonly members?: { readonly [name: string]: unknown } | null;
    readonly agreement?: string | null;
    readonly proposed?: string | null;
    readonly ending?: string | null;
    readonly next?: string | null;
    readonly without?: readonly unknown[];
    readonly until?: number | null;
  };
  "pin": {
    readonly where?: string;
    readonly kind?: string;
    readonly of?: string;
  };
  "plan": {
    /** How I notice that it is getting worse. */
    readonly notice?: string;
    /** What has helped me through before. */
    readonly soothe?: string;
    /** Where I can go to be among people. */
    readonly go_to?: string;
    /** Whom I can call, and their numbers. */
    readonly call?: string;
    /** What I put out of reach. */
    readonly keep_away?: string;
    /** What I want to be here for. */
    readonly worth?: string;
  };
  "position": {
    readonly where?: string;
    /** The `first_seq` of the last message that arrived, or the `seq` of any later change. */
    readonly delivered?: number;
    /** The `first_seq` of the last message read, or the `seq` of any later change. */
    readonly read?: number;
  };
  "practice": {
    /** What those I am suggested to may call me. */
    readonly name?: string;
    /** Shown to them as well. */
    readonly about?: string;
    /** How many people Beside may bring me at once. */
    readonly places?: number;
    /** A request is accepted for me at once. */
    readonly standing_yes?: boolean;
    /** Topics that I cannot listen to now. They are shown to no peer; but a peer who asks with and without a topic can see that I am on one list and not on the other. */
    readonly avoid?: readonly string[];
    /** How well I can listen to each topic. */
    readonly comfort?: { readonly [name: string]: number } | null;
    readonly style?: string | null;
    readonly age_bands?: readonly string[];
    /** No common hours are needed. */
    readonly asynchronous?: boolean;
    /** Places (an employer, a school) whose people I must not meet here. */
    readonly apart?: readonly string[];
    readonly active?: number;
    readonly reserved?: number;
    readonly paused_until?: number;
    readonly kindly?: string | null;
  };
  "profile": {
    readonly name?: string;
    readonly pronouns?: string;
    readonly about?: string;
    readonly languages?: { readonly [name: string]: number } | null;
    readonly gender?: string | null;
    readonly age_band?: string | null;
  };
  "promise": {
    readonly sort?: string;
    /** The local time of whoever promises. Of a time that comes twice, the later one counts. */
    readonly by?: string;
    /** An IANA zone, such as 'Europe/Berlin'. */
    readonly zone?: string;
    readonly words?: string | null;
    readonly by_at?: number;
    readonly grace_until?: number;
    readonly state?: string;
    readonly renewed?: boolean;
    readonly late?: boolean;
  };
  "question": {
    readonly prompt?: string | null;
    readonly locale?: string;
    /** My own question; left out where `prompt` names one. */
    readonly text?: string;
    readonly state?: string;
    readonly answer?: string | null;
  };
  "quiet": {
    /** An IANA zone, such as 'Europe/Berlin'. */
    readonly zone?: string;
    /** [[from, to]…], in minutes of each day; may go past midnight. */
    readonly spans?: readonly (readonly number[])[];
  };
  "receipt": {
    readonly delivered?: number;
    readonly read?: number;
  };
  "repair": {
    readonly words?: string | null;
    readonly state?: string;
  };
  "report": {
    readonly where?: string;
    readonly ground?: string;
    readonly words?: string;
    readonly messages?: readonly unknown[];
    readonly consent?: boolean;
    readonly state?: string;
    readonly outcome?: string | null;
    readonly filed_at?: number;
  };
  "request": {
    readonly state?: string;
    /** Whether I choose, or take the first who can. */
    readonly mode?: string;
    /** What it is about, and how much each matters. */
    readonly topics?: { readonly [name: string]: number } | null;
    /** Left out when opening: as in my profile. */
    readonly languages?: { readonly [name: string]: number } | null;
    readonly must?: { readonly [name: string]: unknown } | null;
    readonly wishes?: { readonly [name: string]: unknown } | null;
    /** Topics that are used to find somebody, and named to nobody. */
    readonly quiet?: readonly string[];
    /** Places (an employer, a school) whose people I must not meet here. They cannot be changed later: whoever is on the list without a place, and not with it, would be known to have named it. */
    readonly apart?: readonly string[];
    /** No common hours are needed. */
    readonly asynchronous?: boolean;
    readonly patience_hours?: number;
    /** What the specialist may call me. */
    readonly name?: string | null;
    /** First words to the specialist who is asked. */
    readonly note?: string | null;
    /** The id of the person, as the short list has it. */
    readonly person?: string | null;
    readonly relax?: string | null;
    readonly opened_at?: number;
    readonly patience_until?: number;
    readonly last?: string | null;
    readonly wait?: { readonly [name: string]: unknown } | null;
    readonly suggestion?: { readonly [name: string]: unknown } | null;
    readonly doors?: readonly unknown[];
    readonly after?: string | null;
    readonly priority?: boolean;
    readonly talk?: boolean;
  };
  "sanction": {
    readonly action?: string;
    readonly state?: string;
    readonly words?: string;
    readonly at?: number;
    readonly until?: number | null;
    readonly appeal?: string | null;
    readonly appeal_words?: string | null;
    readonly answer?: string | null;
  };
  "security_event": {
    readonly event?: string;
    readonly device?: string;
    readonly name?: string;
    readonly at?: number;
  };
  "session": {
    readonly state?: string;
    readonly until?: number;
    readonly opened_at?: number;
    /** How long nobody writes before the end is announced. Said at the start. */
    readonly idle_minutes?: number;
    readonly words?: { readonly [name: string]: unknown } | null;
    readonly announced?: string | null;
  };
  "shortlist": {
    readonly people?: readonly unknown[];
    readonly made_at?: number;
    readonly valid_until?: number;
    readonly policy?: string;
    readonly snapshot?: string;
    readonly at?: number;
  };
  "sos": {
    readonly state?: string;
    readonly raised_at?: number;
    /** Cut after 500 characters: no call for help is refused for its words. */
    readonly words?: string | null;
    readonly asked?: readonly unknown[];
    readonly taken?: { readonly [name: string]: unknown } | null;
    readonly said?: readonly unknown[];
  };
  "step": {
    readonly text?: string;
    readonly state?: string;
  };
  "story": {
    readonly text?: string;
    readonly shared?: readonly unknown[];
  };
  "story_card": {
    readonly text?: string;
  };
  "strength": {
    readonly text?: string;
  };
  "suggestion": {
    /** What it is about, in a few words; shown with the question. */
    readonly about?: string | null;
    readonly state?: string;
    readonly text?: string;
  };
  "supervision": {
    readonly specialist?: string;
    readonly state?: string;
    readonly since?: number;
    readonly ended_at?: number | null;
    readonly past?: boolean;
  };
  "trend": {
    readonly series?: readonly unknown[];
    readonly hint?: string | null;
    readonly next_at?: number;
  };
  "unread": {
    readonly where?: string;
    /** The `first_seq` of the first message that counts as unread; 0 removes the mark. */
    readonly seq?: number;
    readonly read?: number;
  };
  "unsent": {
    readonly kind?: string;
    readonly row?: string;
    readonly where?: string;
    readonly code?: string;
    readonly message?: string;
    readonly cells?: { readonly [name: string]: unknown } | null;
    readonly at?: number;
  };
}

export type CommandName = keyof Commands;
export type Kind = keyof Kinds;

/** Every refusal that the server can give. */
export type ErrorCode =
  /** The request cannot be understood. */
  | "bad_request"
  /** There is no such command; /docs lists all commands. */
  | "unknown_command"
  /** The caller is not known, or not any more. */
  | "unauthenticated"
  /** The passphrase is right, and is not enough. `details.factors` are those that the account has. */
  | "second_factor_required"
  /** The role does not allow it. */
  | "forbidden"
  /** Moderators have suspended the user until `details.until` (ms; None: for good). */
  | "suspended"
  /** The record does not exist, or the caller may not see it: strangers cannot tell which. */
  | "not_found"
  /** The path does not take this HTTP method; `details.allow` lists the methods that it takes. */
  | "method_not_allowed"
  /** The command cannot be done in the record's state. */
  | "wrong_state"
  /** The id already names something else. */
  | "id_taken"
  /** The request contradicts what is stored. */
  | "conflict"
  /** The server cannot notify devices of `details.platform`; it can those of `details.available`. */
  | "push_unavailable"
  /** The server does not know any more what a client database is missing; the client has to start over. */
  | "resync_required"
  /** The client is too old to go on. */
  | "outdated"
  /** The request is larger than the limit. */
  | "too_large"
  /** Too many such requests in a short time. */
  | "rate_limited"
  /** The server cannot answer now. */
  | "try_later";

/** How commands write rows: what their optimistic rows are made of. */
export const ROW_COMMANDS: Readonly<Record<string, RowCommand>> = {
  "ack.set": {},
  "agreement.decline": {"sets": {"state": "declined"}},
  "agreement.sign": {"sets": {"state": "in_force"}},
  "agreement.withdraw": {"sets": {"state": "withdrawn"}},
  "availability.set": {},
  "block.lift": {"fields": {"space": "where"}, "sets": {"lifted": true}},
  "block.set": {"fields": {"space": "where"}, "drops": ["report"]},
  "call.see": {"sets": {"state": "seen"}},
  "call.take": {"sets": {"state": "taken"}},
  "checkin.delete": {"deletes": true},
  "checkin.put": {"time": "at"},
  "debrief.answer": {"fields": {"words": "answer"}},
  "debrief.close": {"sets": {"state": "closed"}},
  "debrief.hand_over": {"sets": {"state": "handed_over"}},
  "disclosure.invite": {},
  "disclosure.withdraw": {"sets": {"state": "withdrawn"}},
  "fact.delete": {"deletes": true},
  "fact.put": {"drops": ["seen"]},
  "handover.refuse": {"id": "pairing", "sets": {"state": "refused"}},
  "letter.withdraw": {"deletes": true},
  "letter.write": {},
  "message.delete": {"deletes": true},
  "message.edit": {},
  "message.flag": {},
  "message.send": {"time": "sent_at"},
  "mute.set": {"fields": {"space": "where"}},
  "note.delete": {"deletes": true},
  "note.put": {},
  "offer.accept": {"sets": {"state": "accepted"}, "drops": ["name", "terms"]},
  "offer.decline": {"sets": {"state": "declined"}, "drops": ["not_now"]},
  "pairing.end": {"id": "pairing", "sets": {"state": "ended"}, "drops": ["words"]},
  "pairing.pause": {"id": "pairing", "sets": {"state": "paused"}},
  "pairing.rematch": {"id": "pairing", "sets": {"state": "ended"}, "drops": ["reason"]},
  "pairing.resume": {"id": "pairing", "sets": {"state": "active"}},
  "plan.edit": {},
  "position.delivered": {"fields": {"space": "where", "seq": "delivered"}},
  "position.read": {"fields": {"space": "where", "seq": "read"}},
  "practice.edit": {},
  "profile.edit": {},
  "promise.excuse": {"sets": {"state": "excused"}},
  "promise.keep": {"sets": {"state": "kept"}},
  "promise.make": {},
  "promise.renew": {},
  "promise.withdraw_words": {"sets": {"words": null}},
  "question.answer": {"fields": {"text": "answer"}},
  "question.ask": {},
  "question.pass": {"sets": {"state": "passed"}},
  "question.withdraw": {"deletes": true},
  "quiet.set": {},
  "repair.accept": {"sets": {"state": "accepted"}},
  "repair.close": {"sets": {"state": "closed"}},
  "repair.invite": {},
  "repair.withdraw": {"deletes": true},
  "request.change": {},
  "request.keep_looking": {"sets": {"state": "open"}},
  "request.open": {},
  "request.withdraw": {"sets": {"state": "withdrawn"}},
  "sanction.appeal": {"fields": {"words": "appeal_words"}},
  "security_event.dismiss": {"deletes": true},
  "session.extend": {},
  "session.open": {"sets": {"state": "open"}},
  "sos.close": {"sets": {"state": "closed"}},
  "sos.raise": {"time": "raised_at"},
  "step.change": {},
  "step.propose": {},
  "step.withdraw": {"deletes": true},
  "story.edit": {},
  "strength.notice": {},
  "strength.withdraw": {"deletes": true},
  "suggestion.allow": {"sets": {"state": "allowed"}},
  "suggestion.ask": {"drops": ["text"]},
  "suggestion.not_now": {"sets": {"state": "not_now"}},
  "suggestion.withdraw": {"sets": {"state": "withdrawn"}},
  "supervision.share_past": {"sets": {"past": true}},
  "unread.mark": {"fields": {"space": "where"}},
  "unsent.discard": {"deletes": true},
};
