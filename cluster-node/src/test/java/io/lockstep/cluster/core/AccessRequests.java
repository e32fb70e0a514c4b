package io.lockstep.cluster.core;

import io.lockstep.access.rules.Principal;
import io.lockstep.access.rules.SessionPrincipal;
import io.lockstep.access.rules.SessionPrincipal.Proof;
import io.lockstep.codecs.AccessRulesDescriptionDecoder;
import io.lockstep.codecs.ApplyAccessRulesEncoder;
import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.DescribeAccessRulesEncoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.TellRefusalEncoder;
import io.lockstep.wire.MessageHeaders;
import io.lockstep.wire.ReservedHeaders;
import java.nio.charset.StandardCharsets;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.sbe.MessageEncoderFlyweight;

/** Encodes the commands about access rules, and who sends commands, for tests. */
final class AccessRequests {
    record Described(long version, long changedPosition, String rules) {}

    private static final MessageHeaderEncoder HEADER = new MessageHeaderEncoder();

    private AccessRequests() {}

    static byte[] apply(final long version, final String rules) {
        return apply(version, false, rules.getBytes(StandardCharsets.UTF_8));
    }

    static byte[] apply(final long version, final boolean isCheckOnly, final byte[] rules) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        return bytes(
                buffer,
                new ApplyAccessRulesEncoder()
                        .wrapAndApplyHeader(buffer, 0, HEADER)
                        .correlationId(Commands.CORRELATION_ID)
                        .newVersion(version)
                        .checkOnly(isCheckOnly ? BooleanType.TRUE : BooleanType.FALSE)
                        .putRules(rules, 0, rules.length));
    }

    static byte[] describe(final long knownVersion) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        return bytes(
                buffer,
                new DescribeAccessRulesEncoder()
                        .wrapAndApplyHeader(buffer, 0, HEADER)
                        .correlationId(Commands.CORRELATION_ID)
                        .knownVersion(knownVersion));
    }

    static byte[] tell(final String user, final String action, final String topic, final long unsaidCount) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        return bytes(
                buffer,
                new TellRefusalEncoder()
                        .wrapAndApplyHeader(buffer, 0, HEADER)
                        .correlationId(Commands.CORRELATION_ID)
                        .unsaidCount(unsaidCount)
                        .user(user)
                        .clientId("c")
                        .action(action)
                        .topic(topic)
                        .where("gateway 7"));
    }

    static Described decode(final byte[] reply) {
        final AccessRulesDescriptionDecoder decoder = EngineFixture.decode(new AccessRulesDescriptionDecoder(), reply);
        final byte[] rules = new byte[decoder.rulesLength()];
        decoder.getRules(rules, 0, rules.length);
        return new Described(
                decoder.rulesVersion(), decoder.changedPosition(), new String(rules, StandardCharsets.UTF_8));
    }

    static byte[] secret() {
        return new SessionPrincipal(Proof.SECRET, new Principal(null, "node-0")).encode();
    }

    static byte[] user(final String user, final String clientId) {
        return new SessionPrincipal(Proof.USER, new Principal(user, clientId)).encode();
    }

    static byte[] anonymous(final String clientId) {
        return new SessionPrincipal(Proof.ANONYMOUS, new Principal(null, clientId)).encode();
    }

    /** A header block that says on whose behalf a message is published. */
    static byte[] onBehalf(final byte[] principal) {
        final UnsafeBuffer block = new UnsafeBuffer(new byte[principal.length + 64]);
        final byte[] key = ReservedHeaders.bytesOf(ReservedHeaders.PRINCIPAL);
        return FakeOutbox.copy(block, 0, MessageHeaders.putEntry(block, 0, key, principal));
    }

    private static byte[] bytes(final ExpandableArrayBuffer buffer, final MessageEncoderFlyweight encoder) {
        return FakeOutbox.copy(buffer, 0, MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength());
    }
}
