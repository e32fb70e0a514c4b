package io.lockstep.cluster.core;

import io.lockstep.access.rules.AuditEntry;
import io.lockstep.access.rules.Principal;
import io.lockstep.codecs.ResultCode;
import java.nio.charset.StandardCharsets;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Tells refusals in the audit topic of the shard, so many a second of cluster time at most; a message says how many went
 * unsaid before it. Allocates, because refusals are few or not told.
 */
final class AccessAudit {
    private static final byte[] TOPIC = AuditEntry.TOPIC.getBytes(StandardCharsets.US_ASCII);
    private static final long NS_PER_SECOND = 1_000_000_000L;
    private static final long NS_PER_MS = 1_000_000L;

    private final PartList parts;
    private final EntryCheck entryCheck;
    private final MessagePipeline pipeline;
    private final JournalAppender appender;
    private final MessageContent content = new MessageContent();

    AccessAudit(
            final PartList parts,
            final EntryCheck entryCheck,
            final MessagePipeline pipeline,
            final JournalAppender appender) {
        this.parts = parts;
        this.entryCheck = entryCheck;
        this.pipeline = pipeline;
        this.appender = appender;
    }

    /** Tells a refusal of this shard; {@code topic} is a name or a filter, or null where the action has none. */
    void tell(final Principal principal, final String action, final String topic, final long logPosition) {
        tell(principal, action, topic, "shard " + parts.shard().shardId(), logPosition);
    }

    /** Tells a refusal that others decided. */
    void tell(
            final Principal principal,
            final String action,
            final String topic,
            final String where,
            final long logPosition) {
        final AccessPart part = parts.access();
        final long nowNs = parts.clock().nowNs();
        if (!part.countRefusal(Math.floorDiv(nowNs, NS_PER_SECOND))) {
            return;
        }
        final UnsafeBuffer name = new UnsafeBuffer(TOPIC);
        final Topic known = parts.topics().find(name, 0, TOPIC.length);
        if (parts.shard().isReadOnly()
                || (known == null && entryCheck.checkCreation(TOPIC.length, 0, 0) != ResultCode.ACCEPTED)) {
            part.countUnsaid(1);
            return;
        }
        final byte[] payload = AuditEntry.json(
                        Math.floorDiv(nowNs, NS_PER_MS), principal, action, topic, where, part.takeUnsaid())
                .getBytes(StandardCharsets.UTF_8);
        final Topic audit = known == null ? parts.topics().create(name, 0, TOPIC.length) : known;
        // As dead letters: of the engine itself, under a sequence that rises.
        content.wrap(
                        new UnsafeBuffer(payload),
                        DeadLetters.PRODUCER_ID,
                        parts.journal().shardSequence() + 1)
                .payload(0, payload.length);
        pipeline.append(content, audit, JournalAppender.NO_BATCH, logPosition);
        appender.appendCheckpointIfFull(logPosition);
    }
}
