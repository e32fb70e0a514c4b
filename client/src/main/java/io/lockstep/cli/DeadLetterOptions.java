package io.lockstep.cli;

import io.lockstep.topic.TopicFilter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The options that say which dead letters are meant. A picocli mixin. */
final class DeadLetterOptions {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec mixee;

    @Parameters(
            arity = "0..1",
            paramLabel = "FILTER",
            defaultValue = "#",
            description = "Topic filter for the topics that the messages were published to. Default: all.")
    private String filter;

    @Option(
            names = "--count",
            paramLabel = "N",
            defaultValue = "1000",
            description = "At most so many, 1 to 1000. Default: ${DEFAULT-VALUE}.")
    private int count;

    DeadLetterOptions() {}

    TopicFilter filter() {
        try {
            return TopicFilter.parse(filter);
        } catch (final IllegalArgumentException ex) {
            throw new ParameterException(mixee.commandLine(), ex.getMessage(), ex);
        }
    }

    int count() {
        if (count < 1 || count > DeadLetterDesk.MAX_LETTERS) {
            throw new ParameterException(
                    mixee.commandLine(), "--count takes 1 to " + DeadLetterDesk.MAX_LETTERS + ", but it is " + count);
        }
        return count;
    }

    /** Says where letters could not be reached. */
    void tellBlocked(final DeadLetterDesk desk) {
        if (desk.isBlocked()) {
            mixee.commandLine()
                    .getErr()
                    .println("lockstep: more dead letters lie behind " + DeadLetterDesk.MAX_LETTERS
                            + " that nobody has dealt with; replay or purge those first");
            mixee.commandLine().getErr().flush();
        }
    }
}
