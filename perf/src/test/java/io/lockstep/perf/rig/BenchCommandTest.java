package io.lockstep.perf.rig;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.cli.CommandProvider;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class BenchCommandTest {
    private final StringWriter errors = new StringWriter();

    @Test
    void shouldBeFoundByTheCommandLine() {
        assertTrue(ServiceLoader.load(CommandProvider.class).stream()
                .anyMatch(provider -> provider.type() == BenchCommands.class));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "latency --rate 0               | a rate is 1 to 100000000 messages a second",
                "latency --size 23              | a payload has 24 to 65536 bytes",
                "latency --pairs 0              | a run has at least 1 turn",
                "latency --warm-up 0            | --warm-up is at least 1 second",
                "latency --seconds 0            | a run measures and drains for more than nothing",
                "latency --profile fast         | a profile is default, small or low-latency",
                "latency --window 1000          | a publisher's window is a power of two",
                "latency --against kafka        | Invalid value for option '--against'",
                "failover --runs 0              | --runs is at least 1",
                "failover --rate-percent 101    | --rate-percent is 1 to 100",
                "elections --minutes 0          | --minutes is at least 1",
                "lateness --messages 9          | --messages is at least one a second",
                "lateness --max-delay 99        | --max-delay is at least 100 ms",
                "lateness --outstanding -1      | --outstanding is 0 to 1000000",
                "lateness --size 23             | a payload has 24 to 65536 bytes",
                "mqtt --publishers 0            | --warm-up and --publishers are at least 1",
                "mqtt --in-flight 0             | at least 1 message must be in flight",
                "mqtt --rate 0                  | a rate is 1 to 100000000 messages a second",
                "throughput --in-flight 0       | at least 1 message must be in flight",
                "''                             | bench what?"
            })
    void shouldEndWithAUsageErrorAndASentenceWhenAnArgumentIsWrong(final String arguments, final String sentence) {
        final int status = execute(arguments.isEmpty() ? new String[0] : arguments.split(" +"));

        assertEquals(CommandLine.ExitCode.USAGE, status, errors.toString());
        assertTrue(errors.toString().contains(sentence), errors.toString());
    }

    private int execute(final String... arguments) {
        final CommandLine commandLine = new CommandLine(new BenchCommand());
        commandLine.setErr(new PrintWriter(errors, true));
        commandLine.setCaseInsensitiveEnumValuesAllowed(true);
        return commandLine.execute(arguments);
    }
}
