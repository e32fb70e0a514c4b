package io.lockstep.cluster.core;

import io.lockstep.access.rules.AccessRules;
import io.lockstep.access.rules.Principal;
import io.lockstep.access.rules.SessionPrincipal.Proof;
import io.lockstep.codecs.AccessRulesDescriptionEncoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.RecordKind;
import io.lockstep.codecs.ResultCode;
import java.util.Arrays;
import org.agrona.concurrent.UnsafeBuffer;

/** Commands about the access rules. Rules are refused that would lock out who sends them. */
final class AccessHandler {
    private static final int MAX_DESCRIPTION_LENGTH = MessageHeaderEncoder.ENCODED_LENGTH
            + AccessRulesDescriptionEncoder.BLOCK_LENGTH
            + AccessRulesDescriptionEncoder.rulesHeaderLength()
            + Limits.MAX_ACCESS_RULES_LENGTH;
    private static final byte[] NOTHING = {};

    private final PartList parts;
    private final EntryCheck entryCheck;
    private final JournalAppender appender;
    private final ReplyProxy replies;
    private final Outbox outbox;
    private final Callers callers;
    private final AccessAudit audit;
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final AccessRulesDescriptionEncoder description = new AccessRulesDescriptionEncoder();

    AccessHandler(
            final PartList parts,
            final EntryCheck entryCheck,
            final JournalAppender appender,
            final ReplyProxy replies,
            final Outbox outbox,
            final Callers callers,
            final AccessAudit audit) {
        this.parts = parts;
        this.entryCheck = entryCheck;
        this.appender = appender;
        this.replies = replies;
        this.outbox = outbox;
        this.callers = callers;
        this.audit = audit;
    }

    boolean isOn() {
        return parts.shard().featureLevel() >= Engine.ACCESS_LEVEL;
    }

    /** Replaces the rules, or tells only whether it would. */
    void onApply(
            final long clusterSessionId,
            final long logPosition,
            final long correlationId,
            final long newVersion,
            final boolean isCheckOnly,
            final byte[] text) {
        final AccessPart part = parts.access();
        final AccessRules rules = parts.shard().isSeeded() ? AccessPart.parse(text) : null;
        if (rules == null) {
            replies.commandReply(
                    clusterSessionId, correlationId, ResultCode.BAD_ACCESS_RULES, AccessPart.firstBadLine(text));
            return;
        }
        final boolean isCurrent = newVersion == part.version() && Arrays.equals(text, part.text());
        if (!isCurrent && newVersion <= part.version()) {
            replies.commandReply(clusterSessionId, correlationId, ResultCode.STALE_ACCESS_RULES, part.version());
            return;
        }
        if (isLockedOut(callers.of(clusterSessionId), rules)) {
            replies.commandReply(clusterSessionId, correlationId, ResultCode.ACCESS_WOULD_LOCK_OUT, 0);
            return;
        }
        final long growth = AccessPart.costOf(text) - part.stateBytes();
        if (!isCurrent && growth > 0 && !entryCheck.hasRoomFor(growth)) {
            replies.commandReply(clusterSessionId, correlationId, ResultCode.STATE_FULL, 0);
            return;
        }
        if (!isCurrent && !isCheckOnly) {
            part.replace(newVersion, text, parts.journal().position());
            appender.appendEvent(RecordKind.ACCESS_RULES_CHANGED, newVersion, text.length, logPosition);
        }
        replies.commandReply(clusterSessionId, correlationId, ResultCode.ACCEPTED, part.version());
    }

    void onDescribe(final long clusterSessionId, final long correlationId, final long knownVersion) {
        final AccessPart part = parts.access();
        final byte[] text = knownVersion == part.version() ? NOTHING : part.text();
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[MAX_DESCRIPTION_LENGTH]);
        description
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(correlationId)
                .journalPosition(parts.journal().position())
                .rulesVersion(part.version())
                .changedPosition(part.changedPosition())
                .putRules(text, 0, text.length);
        outbox.reply(clusterSessionId, buffer, 0, MessageHeaderEncoder.ENCODED_LENGTH + description.encodedLength());
    }

    void onTellRefusal(
            final long clusterSessionId,
            final long logPosition,
            final long correlationId,
            final long unsaidCount,
            final Principal principal,
            final String action,
            final String topic,
            final String where) {
        if (!parts.shard().isSeeded() || unsaidCount < 0) {
            replies.commandReply(clusterSessionId, correlationId, ResultCode.MALFORMED, 0);
            return;
        }
        parts.access().countUnsaid(unsaidCount);
        audit.tell(principal, action, topic, where, logPosition);
        replies.commandReply(clusterSessionId, correlationId, ResultCode.ACCEPTED, 0);
    }

    // Where nobody is asked who they are, the nodes are not either, and rules would shut them out of their own shard.
    private static boolean isLockedOut(final Caller caller, final AccessRules rules) {
        return !caller.isTrusted()
                && (caller.proof() == Proof.NONE
                        || !rules.permissionsOf(caller.principal()).mayAdminister());
    }
}
