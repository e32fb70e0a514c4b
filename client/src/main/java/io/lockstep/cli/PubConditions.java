package io.lockstep.cli;

import io.lockstep.client.MessageOptions;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Conditions under which a message is accepted. */
final class PubConditions {
    /** There is no condition on the topic's sequence. */
    static final long NO_CONDITION = -1;

    @Option(
            names = "--fence",
            paramLabel = "TOKEN",
            description = "Publish under the publisher lease with this token, see 'lockstep lease acquire'.")
    private Long fence;

    @Option(
            names = "--if-sequence",
            paramLabel = "N",
            description = "Publish MESSAGE only if the topic's last message has sequence N; 0: only if it has none.")
    private Long expectedTopicSequence;

    void check(final CommandLine commandLine, final boolean isOneMessage) {
        if (fence != null && fence < 1) {
            throw new ParameterException(commandLine, "--fence takes a token, which is at least 1");
        }
        if (expectedTopicSequence != null && expectedTopicSequence < 0) {
            throw new ParameterException(commandLine, "--if-sequence takes a sequence of at least 0");
        }
        if (expectedTopicSequence != null && !isOneMessage) {
            throw new ParameterException(commandLine, "--if-sequence is for one MESSAGE, not for lines");
        }
    }

    /** The sequence that the topic must stand at, or {@link #NO_CONDITION}. */
    long expectedTopicSequence() {
        return expectedTopicSequence == null ? NO_CONDITION : expectedTopicSequence;
    }

    MessageOptions addTo(final MessageOptions options) {
        return fence == null ? options : options.fence(fence);
    }
}
