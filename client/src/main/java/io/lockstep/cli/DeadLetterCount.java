package io.lockstep.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The option that says how many dead letters are dealt with in one go. A picocli mixin. */
final class DeadLetterCount {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec mixee;

    @Option(
            names = "--count",
            paramLabel = "N",
            defaultValue = "1000",
            description = "At most so many, 1 to 1000. Default: ${DEFAULT-VALUE}.")
    private int count;

    DeadLetterCount() {}

    int value() {
        if (count < 1 || count > DeadLetterDesk.MAX_LETTERS) {
            throw new ParameterException(
                    mixee.commandLine(), "--count takes 1 to " + DeadLetterDesk.MAX_LETTERS + ", but it is " + count);
        }
        return count;
    }
}
