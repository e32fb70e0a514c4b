package io.lockstep.cluster.core;

import io.lockstep.codecs.ApplyTopicPoliciesEncoder;
import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.DescribeTopicPoliciesEncoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.TopicPoliciesDecoder;
import java.util.ArrayList;
import java.util.List;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.sbe.MessageEncoderFlyweight;

/** Encodes the commands about topic policies for tests, also such as cannot be. */
final class PolicyCommands {
    record Entry(String filter, int partitions, boolean isHeld) {
        Entry(final String filter, final int partitions) {
            this(filter, partitions, false);
        }
    }

    record Described(long version, long changedPosition, List<Entry> entries) {}

    private static final MessageHeaderEncoder HEADER = new MessageHeaderEncoder();

    private PolicyCommands() {}

    static byte[] apply(final long version, final Entry... entries) {
        return apply(version, false, List.of(entries));
    }

    static byte[] apply(final long version, final boolean isCheckOnly, final List<Entry> entries) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final ApplyTopicPoliciesEncoder encoder = new ApplyTopicPoliciesEncoder()
                .wrapAndApplyHeader(buffer, 0, HEADER)
                .correlationId(Commands.CORRELATION_ID)
                .newVersion(version)
                .checkOnly(isCheckOnly ? BooleanType.TRUE : BooleanType.FALSE);
        final ApplyTopicPoliciesEncoder.PoliciesEncoder group = encoder.policiesCount(entries.size());
        for (final Entry entry : entries) {
            group.next()
                    .partitions(entry.partitions())
                    .isHeld(entry.isHeld() ? BooleanType.TRUE : BooleanType.FALSE)
                    .filter(entry.filter());
        }
        return bytes(buffer, encoder);
    }

    static byte[] describe() {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        return bytes(
                buffer,
                new DescribeTopicPoliciesEncoder()
                        .wrapAndApplyHeader(buffer, 0, HEADER)
                        .correlationId(Commands.CORRELATION_ID));
    }

    static Described decode(final byte[] reply) {
        final TopicPoliciesDecoder decoder = EngineFixture.decode(new TopicPoliciesDecoder(), reply);
        final List<Entry> entries = new ArrayList<>();
        final long version = decoder.policiesVersion();
        final long changedPosition = decoder.changedPosition();
        for (final TopicPoliciesDecoder.PoliciesDecoder policy : decoder.policies()) {
            final int partitions = policy.partitions();
            final boolean isHeld = policy.isHeld() == BooleanType.TRUE;
            entries.add(new Entry(policy.filter(), partitions, isHeld));
        }
        return new Described(version, changedPosition, entries);
    }

    private static byte[] bytes(final ExpandableArrayBuffer buffer, final MessageEncoderFlyweight encoder) {
        return FakeOutbox.copy(buffer, 0, MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength());
    }
}
