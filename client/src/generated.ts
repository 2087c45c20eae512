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
  /** Acknowledge a message of somebody else, or take it back. */
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
  /** Let me read again what we wrote. */
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
  /** I have seen that somebody needs someone. */
  "call.see": {
    readonly id: string;
  };
  /** I am there for them now. */
  "call.take": {
    readonly id: string;
  };
  /** Delete a check-in of mine; the trend is worked out anew without it. */
  "checkin.delete": {
    readonly id: string;
  };
  /** Look at how it is going with somebody, for myself. */
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
  /** It is settled. The supervisor does not keep what was shown to them. */
  "debrief.close": {
    readonly id: string;
  };
  /** Hand a debrief to the present supervisor of the specialist. I keep nothing of what was shown to me. */
  "debrief.hand_over": {
    readonly id: string;
  };
  /** Invite the other to open something together. */
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
  /** Not now, or not this. My card is gone; the other keeps theirs to themselves. It is not said who withdrew. */
  "disclosure.withdraw": {
    readonly space: string;
    readonly id: string;
  };
  /** Write down that something was told to others. */
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
  /** Tell the peer now what was not told then. */
  "escalation.tell": {
    readonly space: string;
    readonly id: string;
  };
  /** Delete a fact about myself. */
  "fact.delete": {
    readonly id: string;
  };
  /** Write a fact about myself, or some of it. Narrowing who may know of it always wins. */
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
  /** Say that I cannot go on with a pairing after a day. The peer is told now, and is offered somebody else. */
  "handover.announce": {
    readonly pairing: string;
    /** The last day of this pairing. */
    readonly until: number;
    readonly words?: string;
  };
  /** I want nobody else after this. */
  "handover.refuse": {
    readonly pairing: string;
  };
  /** Take my letter back. It can be written anew as long as the pairing goes on. */
  "letter.withdraw": {
    readonly space: string;
  };
  /** Write a letter to say goodbye with, or write it better. Of writing it and taking it back, the later one wins. */
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
  /** Add a message to a space whose pairing is accepted. */
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
  /** Hold on to something that we share. */
  "milestone.pin": {
    readonly space: string;
    readonly kind: "message" | "question" | "disclosure" | "step" | "strength" | "promise";
    /** The id of the record. */
    readonly of: string;
  };
  /** Let go of something that I held on to. */
  "milestone.unpin": {
    readonly space: string;
    readonly kind: "message" | "question" | "disclosure" | "step" | "strength" | "promise";
    /** The id of the record. */
    readonly of: string;
  };
  /** Let this conversation ring again. */
  "mute.lift": {
    readonly space: string;
  };
  /** Let nothing of one conversation ring on my phones. */
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
  /** Say yes: the reserved place is taken, and the pairing is made. */
  "offer.accept": {
    readonly id: string;
    /** How I am called in this pairing; left out: as in my practice. */
    readonly name?: string;
    /** The terms of the agreement that I propose. */
    readonly terms?: Terms;
  };
  /** Say no, without a reason. */
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
  /** Give a pairing back that a standing yes made, within a day. The peer's request goes on at once. */
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
  /** Take a breather: no new requests until then. */
  "practice.pause": {
    readonly until: number;
  };
  /** End the breather. */
  "practice.resume": { readonly [name: string]: never };
  /** Change some of my profile. */
  "profile.edit": {
    readonly name?: string;
    readonly pronouns?: string;
    readonly about?: string;
    readonly languages?: { readonly [name: string]: 1 | 2 | 3 };
    readonly gender?: "woman" | "man" | "nonbinary" | null;
    readonly age_band?: "under_18" | "18_24" | "25_39" | "40_59" | "60_plus" | null;
  };
  /** Say what holds in this programme. */
  "programme.edit": {
    /** Safeguards of specialists that an invitation does not ask for, though matching always does. Each pairing made without one says so, to both. */
    readonly invitations_without?: readonly ("supervisor" | "credential" | "minors_ok")[];
  };
  /** It is all right that this promise is not kept. */
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
  /** Promise another, later time, before this one has come. */
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
  /** Ask an open question. Its words are kept with it, so that it reads the same when the library has changed. */
  "question.ask": {
    readonly space: string;
    readonly id: string;
    readonly prompt?: string;
    readonly locale?: "en" | "de" | "es";
    /** My own question; left out where `prompt` names one. */
    readonly text?: string;
  };
  /** Pass. That is an answer. */
  "question.pass": {
    readonly space: string;
    readonly id: string;
  };
  /** Take back my answer, so that I have passed; or my question, as long as it has no answer. */
  "question.withdraw": {
    readonly space: string;
    readonly id: string;
  };
  /** Say when nothing may ring. */
  "quiet.set": {
    /** An IANA zone, such as 'Europe/Berlin'. */
    readonly zone?: string;
    /** [[from, to]…], in minutes of each day; may go past midnight. */
    readonly spans?: readonly (readonly number[])[];
  };
  /** Yes, let us talk about it. */
  "repair.accept": {
    readonly space: string;
    readonly id: string;
  };
  /** It is good, or good enough. */
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
  /** Say what came of a report, and do it: a warning, a suspension or a removal. The reporter hears only of action. */
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
  /** Look into a report. */
  "report.take": {
    /** As the queue has it. */
    readonly id: string;
  };
  /** Change what I look for. People are looked for anew. What was widened for some topics is not so for others. */
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
  /** Turn a must into a wish, or drop it. People are looked for anew. */
  "request.widen": {
    readonly id: string;
    readonly relax: "gender" | "age_bands" | "topics" | "hours" | "lived";
  };
  /** I need nobody any more, or not now. A specialist who was asked is told only that the offer was taken back. */
  "request.withdraw": {
    readonly id: string;
  };
  /** Ask for another moderator to look at it. */
  "sanction.appeal": {
    readonly id: string;
    readonly words: string;
  };
  /** Answer an appeal. Whoever imposed a sanction cannot decide about the appeal against it. */
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
  /** Say the closing words. The first ones announce the end; the other's words, or the announced time, bring it. */
  "session.close": {
    readonly space: string;
    readonly words?: string;
  };
  /** Talk for longer. If both say so at once, the later end counts. */
  "session.extend": {
    readonly space: string;
    readonly until: number;
  };
  /** Begin to talk, and say until when. */
  "session.open": {
    readonly space: string;
    /** When it ends; in at most a day. */
    readonly until: number;
    /** How long nobody writes before the end is announced. Said at the start. */
    readonly idle_minutes?: number;
  };
  /** It is over for now, unless I have raised an SOS again since: a call for help overtakes what I sent before it. */
  "sos.close": {
    readonly id: string;
  };
  /** I need somebody now. While an SOS is open, another one is the same SOS; if it is taken, others are called too. */
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
  /** Say who supervises a specialist, and until when they may take people. What was said of leaving goes on. */
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
  /** Bring a specialist back into service who was taken out of it. Their former pairings stay ended. */
  "specialist.reactivate": {
    readonly specialist: string;
  };
  /** Take back, with words for the peers, that a specialist leaves: the handovers that came of it end. */
  "specialist.stay": {
    /** For operators and their own supervisor; otherwise it is me. */
    readonly specialist?: string;
    /** What the peers read. */
    readonly words: string;
  };
  /** Choose a step, word it anew, or say what became of it. Only the peer can do this. */
  "step.change": {
    readonly space: string;
    readonly id: string;
    readonly text?: string;
    readonly state?: "adopted" | "done" | "let_go";
  };
  /** Name a step. A specialist only proposes it; a peer who names it has chosen it. */
  "step.propose": {
    readonly space: string;
    readonly id: string;
    readonly text: string;
  };
  /** Take back what I proposed. What the peer has chosen stays theirs. */
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
  /** Say what I notice, or say it better. */
  "strength.notice": {
    readonly space: string;
    readonly id: string;
    readonly text: string;
  };
  /** Take back what I noticed. */
  "strength.withdraw": {
    readonly space: string;
    readonly id: string;
  };
  /** Yes, tell me. */
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
  /** Not now. */
  "suggestion.not_now": {
    readonly space: string;
    readonly id: string;
  };
  /** I do not suggest it any more. Its words are gone, also if the other has read them. */
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
  /** Delete what could not be sent, once the person has seen it. */
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
