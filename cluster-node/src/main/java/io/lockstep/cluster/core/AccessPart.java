package io.lockstep.cluster.core;

import io.lockstep.access.rules.AccessRules;
import io.lockstep.codecs.AccessRulesItemDecoder;
import io.lockstep.codecs.AccessRulesItemEncoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** Part 17, the access rules, and how many refusals were told lately: one item, where there ever were either. */
final class AccessPart implements Part {
    private static final byte[] NO_TEXT = {};
    private static final int FIXED_LENGTH = MessageHeaderEncoder.ENCODED_LENGTH
            + AccessRulesItemEncoder.BLOCK_LENGTH
            + AccessRulesItemEncoder.rulesHeaderLength();

    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final AccessRulesItemEncoder encoder = new AccessRulesItemEncoder();
    private final AccessRulesItemDecoder decoder = new AccessRulesItemDecoder();

    private AccessRules rules = AccessRules.ALLOW_ALL;
    private byte[] text = NO_TEXT;
    private long version;
    private long changedPosition;
    private long auditSecond;
    private int auditCount;
    private long unsaidCount;

    /** The rules that a text holds; null where it holds none or is too long. */
    static AccessRules parse(final byte[] text) {
        final List<String> lines = linesOf(text);
        if (lines == null) {
            return null;
        }
        try {
            return AccessRules.parse("rules", lines);
        } catch (final IllegalArgumentException ex) {
            return null;
        }
    }

    /** The first line, from 1, that is no rule; 0 where it is not one line. */
    static int firstBadLine(final byte[] text) {
        final List<String> lines = linesOf(text);
        for (int i = 0; lines != null && i < lines.size(); i++) {
            try {
                AccessRules.parse("rules", List.of(lines.get(i)));
            } catch (final IllegalArgumentException ex) {
                return i + 1;
            }
        }
        return 0;
    }

    /** What the part counts for with some rules, in bytes. */
    static long costOf(final byte[] text) {
        return FIXED_LENGTH + (long) text.length;
    }

    /** Whether there are rules, so that not everything is allowed. */
    boolean isOn() {
        return version != 0;
    }

    AccessRules rules() {
        return rules;
    }

    /** The rules as they were applied; not to be changed. */
    byte[] text() {
        return text;
    }

    /** Version of the rules; 0 where there never were any. */
    long version() {
        return version;
    }

    /** End of the journal just before the rules took effect. */
    long changedPosition() {
        return changedPosition;
    }

    /** Replaces the rules, which have been checked. */
    void replace(final long newVersion, final byte[] newText, final long journalPosition) {
        version = newVersion;
        changedPosition = journalPosition;
        text = newText;
        rules = parse(newText);
    }

    /** Counts a refusal; true where it may be told, because not too many were in this second of cluster time. */
    boolean countRefusal(final long second) {
        if (second != auditSecond) {
            auditSecond = second;
            auditCount = 0;
        }
        if (auditCount >= Limits.MAX_AUDITS_IN_SECOND) {
            unsaidCount++;
            return false;
        }
        auditCount++;
        return true;
    }

    /** Counts refusals that were not told. */
    void countUnsaid(final long count) {
        unsaidCount += count;
    }

    /** How many refusals were not told since the last time that this was asked. */
    long takeUnsaid() {
        final long count = unsaidCount;
        unsaidCount = 0;
        return count;
    }

    /** {@inheritDoc} */
    @Override
    public int id() {
        return 17;
    }

    /** {@inheritDoc} */
    @Override
    public boolean isWritten() {
        return isOn() || auditSecond != 0;
    }

    /** {@inheritDoc} */
    @Override
    public long itemCount() {
        return isWritten() ? 1 : 0;
    }

    /** {@inheritDoc} */
    @Override
    public void writeTo(final SnapshotSink sink) {
        if (!isWritten()) {
            return;
        }
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[FIXED_LENGTH + text.length]);
        encoder.wrapAndApplyHeader(buffer, 0, header)
                .rulesVersion(version)
                .changedPosition(changedPosition)
                .auditSecond(auditSecond)
                .auditCount(auditCount)
                .unsaidCount(unsaidCount)
                .putRules(text, 0, text.length);
        sink.append(buffer, 0, buffer.capacity());
    }

    /** {@inheritDoc} */
    @Override
    public void readItem(final int templateId, final DirectBuffer item, final int offset, final int length) {
        ItemReader.wrap(decoder, templateId, item, offset, length);
        final int index = WireShape.endOfBlock(item, offset);
        final int end = WireShape.endOfBytes(item, index, offset + length);
        ItemReader.checkVariableEnd(end, templateId);
        final int textOffset = index + AccessRulesItemDecoder.rulesHeaderLength();
        final byte[] read = QueryHandler.copy(item, textOffset, end - textOffset);
        if (decoder.rulesVersion() < 0 || parse(read) == null) {
            throw new IllegalStateException("the snapshot holds access rules that cannot be");
        }
        if (decoder.rulesVersion() > 0) {
            replace(decoder.rulesVersion(), read, decoder.changedPosition());
        }
        auditSecond = decoder.auditSecond();
        auditCount = decoder.auditCount();
        unsaidCount = decoder.unsaidCount();
    }

    /** {@inheritDoc} */
    @Override
    public long stateBytes() {
        return isWritten() ? costOf(text) : 0;
    }

    // Null where the text is too long or not UTF-8.
    private static List<String> linesOf(final byte[] text) {
        if (text.length > Limits.MAX_ACCESS_RULES_LENGTH) {
            return null;
        }
        final String string = new String(text, StandardCharsets.UTF_8);
        return Arrays.equals(string.getBytes(StandardCharsets.UTF_8), text) ? List.of(string.split("\n", -1)) : null;
    }
}
