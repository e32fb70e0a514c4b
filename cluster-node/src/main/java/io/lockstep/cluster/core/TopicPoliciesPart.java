package io.lockstep.cluster.core;

import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.TopicPoliciesItemDecoder;
import io.lockstep.codecs.TopicPoliciesItemEncoder;
import io.lockstep.codecs.TopicPoliciesItemEncoder.PoliciesEncoder;
import io.lockstep.topic.TopicPolicies;
import io.lockstep.topic.TopicPolicy;
import java.nio.charset.StandardCharsets;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** Part 8, the topic policies: one item, where there ever were any. */
final class TopicPoliciesPart implements Part {
    private static final int POLICY_LENGTH = PoliciesEncoder.sbeBlockLength() + PoliciesEncoder.filterHeaderLength();
    private static final int FIXED_LENGTH = MessageHeaderEncoder.ENCODED_LENGTH
            + TopicPoliciesItemEncoder.BLOCK_LENGTH
            + PoliciesEncoder.sbeHeaderSize();

    /** Greatest length of all policies in a message. */
    static final int MAX_POLICIES_LENGTH = TopicPolicies.MAX_POLICIES * (POLICY_LENGTH + TopicPolicy.MAX_FILTER_LENGTH);

    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[FIXED_LENGTH + MAX_POLICIES_LENGTH]);
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final TopicPoliciesItemEncoder encoder = new TopicPoliciesItemEncoder();
    private final TopicPoliciesItemDecoder decoder = new TopicPoliciesItemDecoder();

    private TopicPolicies policies = TopicPolicies.NONE;
    private long version;
    private long changedPosition;
    private int policiesLength;

    /** What some policies take in a snapshot, in bytes. */
    static int lengthOf(final TopicPolicies policies) {
        int length = 0;
        for (final TopicPolicy policy : policies.all()) {
            length += POLICY_LENGTH + policy.filter().toString().getBytes(StandardCharsets.UTF_8).length;
        }
        return length;
    }

    /** What the part counts for with some policies, in bytes. */
    static long costOf(final TopicPolicies policies) {
        return FIXED_LENGTH + (long) lengthOf(policies);
    }

    TopicPolicies policies() {
        return policies;
    }

    /** Version of the policies; 0 where there never were any. */
    long version() {
        return version;
    }

    /** End of the journal just before the policies took effect. */
    long changedPosition() {
        return changedPosition;
    }

    /** Replaces the policies, which have been checked. */
    void replace(final long newVersion, final TopicPolicies newPolicies, final long journalPosition) {
        version = newVersion;
        changedPosition = journalPosition;
        policies = newPolicies;
        policiesLength = lengthOf(newPolicies);
    }

    /** {@inheritDoc} */
    @Override
    public int id() {
        return 8;
    }

    /** {@inheritDoc} */
    @Override
    public boolean isWritten() {
        return version != 0;
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
        final PoliciesEncoder group = encoder.wrapAndApplyHeader(buffer, 0, header)
                .policiesVersion(version)
                .changedPosition(changedPosition)
                .policiesCount(policies.all().size());
        for (final TopicPolicy policy : policies.all()) {
            group.next()
                    .partitions(policy.partitions())
                    .isHeld(policy.isHeld() ? BooleanType.TRUE : BooleanType.FALSE)
                    .filter(policy.filter().toString());
        }
        sink.append(buffer, 0, FIXED_LENGTH + policiesLength);
    }

    /** {@inheritDoc} */
    @Override
    public void readItem(final int templateId, final DirectBuffer item, final int offset, final int length) {
        ItemReader.wrap(decoder, templateId, item, offset, length);
        final PolicyGroup group = new PolicyGroup();
        ItemReader.checkVariableEnd(group.read(item, WireShape.endOfBlock(item, offset), offset + length), templateId);
        final TopicPolicies read = group.policies();
        if (read == null) {
            throw new IllegalStateException("the snapshot holds topic policies that cannot be");
        }
        replace(decoder.policiesVersion(), read, decoder.changedPosition());
    }

    /** {@inheritDoc} */
    @Override
    public long stateBytes() {
        return isWritten() ? FIXED_LENGTH + (long) policiesLength : 0;
    }
}
