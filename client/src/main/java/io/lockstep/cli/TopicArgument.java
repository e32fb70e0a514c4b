package io.lockstep.cli;

import io.lockstep.topic.TopicName;
import java.nio.charset.StandardCharsets;
import org.agrona.concurrent.UnsafeBuffer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Checks the name of a topic that a command was given: a wrong one needs no cluster to be told. */
final class TopicArgument {
    private TopicArgument() {}

    static void check(final CommandSpec spec, final String topic) {
        final byte[] bytes = topic.getBytes(StandardCharsets.UTF_8);
        final UnsafeBuffer buffer = new UnsafeBuffer(bytes);
        if (!TopicName.isValid(buffer, 0, bytes.length) || TopicName.isReserved(buffer, 0, bytes.length)) {
            throw new ParameterException(
                    spec.commandLine(),
                    "'" + topic + "' is no topic name: 1 to " + TopicName.MAX_LENGTH
                            + " bytes of UTF-8 without '+' and '#', and not one of Lockstep's own, such as $dead/a");
        }
    }
}
