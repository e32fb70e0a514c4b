package io.lockstep.cli;

import io.lockstep.topic.TopicFilter;
import picocli.CommandLine.Model.CommandSpec;
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

    DeadLetterOptions() {}

    TopicFilter filter() {
        try {
            return TopicFilter.parse(filter);
        } catch (final IllegalArgumentException ex) {
            throw new ParameterException(mixee.commandLine(), ex.getMessage(), ex);
        }
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
