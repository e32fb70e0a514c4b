package io.lockstep.client;

import io.lockstep.client.internal.ShardCall;
import io.lockstep.client.internal.ShardCommand;
import io.lockstep.codecs.AccessRulesDescriptionDecoder;
import io.lockstep.codecs.ApplyAccessRulesEncoder;
import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.CommandReplyDecoder;
import io.lockstep.codecs.DescribeAccessRulesEncoder;
import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.ResultCode;
import io.lockstep.codecs.TellRefusalEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.agrona.DirectBuffer;

/**
 * The access rules of a cluster, to look at and to change shard by shard. Made by {@link LockstepClient#access()}; belongs to
 * the thread that owns the client.
 */
public final class Access {
    /** Says that no version of the rules is known. */
    public static final long NO_VERSION = -1;

    private static final int MAX_TEXT_LENGTH = 1024;

    private final LockstepClient client;

    /** Is told the access rules of a shard. */
    public interface RulesListener {
        /**
         * The rules in force.
         *
         * @param version of them; 0 where there never were any.
         * @param rules   the lines, or null where the version is the known one.
         */
        void onRules(long version, String rules);

        /** The feature level of the shard is one without rules. */
        void onUnsupported();

        /** The shard did not answer in time, or refused. */
        void onNoAnswer();
    }

    Access(final LockstepClient client) {
        this.client = client;
    }

    /**
     * Asks all shards for their access rules and waits for the answers. Not to be called from a listener or handler.
     *
     * @param timeoutNs greatest time to wait.
     * @return the rules, in the order of the shards.
     * @throws LockstepException where a shard did not answer in time, or refused.
     */
    public List<AccessRulesState> list(final long timeoutNs) {
        final List<AccessRulesState> states = new ArrayList<>();
        for (final BlockingCall call : BlockingCall.askAll(client, shardId -> describe(NO_VERSION), timeoutNs)) {
            call.require(AccessRulesDescriptionDecoder.TEMPLATE_ID, "tell its access rules");
            states.add(stateOf(call.shardId(), call.answer(), 0));
        }
        return states;
    }

    /**
     * Asks a shard to replace its access rules and waits for the answer. Not to be called from a listener or handler.
     *
     * @param shardId     of the shard.
     * @param version     of the rules, above that of the shard.
     * @param rules       as in the file of rules.
     * @param isCheckOnly whether the shard only says whether it would.
     * @param timeoutNs   greatest time to wait.
     * @return what it answered.
     * @throws LockstepException where the shard did not answer in time; it may have taken the rules then.
     */
    public CommandAnswer apply(
            final int shardId,
            final long version,
            final String rules,
            final boolean isCheckOnly,
            final long timeoutNs) {
        final byte[] text = rules.getBytes(StandardCharsets.UTF_8);
        final ShardCommand command = (buffer, header, correlationId) -> new ApplyAccessRulesEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(correlationId)
                .newVersion(version)
                .checkOnly(isCheckOnly ? BooleanType.TRUE : BooleanType.FALSE)
                .putRules(text, 0, text.length);
        return BlockingCall.ask(client, shardId, command, timeoutNs).commandAnswer();
    }

    /**
     * Asks a shard for its access rules; the answer comes while the client works.
     *
     * @param shardId      of the shard.
     * @param knownVersion version whose rules are known, or {@link #NO_VERSION}.
     * @param timeoutNs    after which no answer is awaited.
     * @param listener     told once.
     */
    public void ask(final int shardId, final long knownVersion, final long timeoutNs, final RulesListener listener) {
        client.ask(shardId, describe(knownVersion), client.nowNs() + timeoutNs, new ShardCall.Listener() {
            @Override
            public void onAnswer(final int templateId, final DirectBuffer buffer, final int offset, final int length) {
                if (templateId == AccessRulesDescriptionDecoder.TEMPLATE_ID) {
                    final AccessRulesState state = stateOf(shardId, buffer, offset);
                    listener.onRules(state.version(), state.version() == knownVersion ? null : state.rules());
                } else if (templateId == CommandReplyDecoder.TEMPLATE_ID && isUnsupported(buffer, offset)) {
                    listener.onUnsupported();
                } else {
                    listener.onNoAnswer();
                }
            }

            @Override
            public void onTimeout() {
                listener.onNoAnswer();
            }
        });
    }

    /**
     * Tells a shard a refusal that was decided here, for the audit topic, and waits for nothing: what gets lost stays untold.
     *
     * @param shardId   of the shard.
     * @param refusal   what was refused.
     * @param timeoutNs after which it is given up.
     */
    public void tell(final int shardId, final Refusal refusal, final long timeoutNs) {
        final ShardCommand command = (buffer, header, correlationId) -> new TellRefusalEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(correlationId)
                .unsaidCount(refusal.unsaidCount())
                .user(textOf(refusal.user()))
                .clientId(textOf(refusal.clientId()))
                .action(textOf(refusal.action()))
                .topic(textOf(refusal.topic()))
                .where(textOf(refusal.where()));
        client.ask(shardId, command, client.nowNs() + timeoutNs, new ShardCall.Listener() {
            @Override
            public void onAnswer(final int templateId, final DirectBuffer buffer, final int offset, final int length) {
                // An older shard does not know the command, and nobody can do anything about it.
            }

            @Override
            public void onTimeout() {
                // It may have been told or not.
            }
        });
    }

    private static ShardCommand describe(final long knownVersion) {
        return (buffer, header, correlationId) -> new DescribeAccessRulesEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(correlationId)
                .knownVersion(knownVersion);
    }

    private static AccessRulesState stateOf(final int shardId, final DirectBuffer buffer, final int offset) {
        final AccessRulesDescriptionDecoder decoder =
                new AccessRulesDescriptionDecoder().wrapAndApplyHeader(buffer, offset, new MessageHeaderDecoder());
        final long version = decoder.rulesVersion();
        final byte[] rules = new byte[decoder.rulesLength()];
        decoder.getRules(rules, 0, rules.length);
        return new AccessRulesState(shardId, version, new String(rules, StandardCharsets.UTF_8));
    }

    private static boolean isUnsupported(final DirectBuffer buffer, final int offset) {
        return new CommandReplyDecoder()
                        .wrapAndApplyHeader(buffer, offset, new MessageHeaderDecoder())
                        .code()
                == ResultCode.UNSUPPORTED;
    }

    private static String textOf(final String text) {
        return text == null ? "" : text.substring(0, Math.min(text.length(), MAX_TEXT_LENGTH));
    }

    /**
     * What was refused. Immutable.
     *
     * @param user        who asked; null for one without a name.
     * @param clientId    as it calls itself.
     * @param action      what for.
     * @param topic       name or filter; null where the action has none.
     * @param where       who refused it.
     * @param unsaidCount how many refusals were not told before it.
     */
    public record Refusal(String user, String clientId, String action, String topic, String where, long unsaidCount) {}
}
