package io.lockstep.cli;

import java.util.List;

/**
 * Adds commands to the command line from another module. Found by {@link java.util.ServiceLoader}: name the
 * implementation in {@code META-INF/services/io.lockstep.cli.CommandProvider}.
 */
public interface CommandProvider {
    /**
     * The commands.
     *
     * @return objects with picocli's {@code @Command}, which implement {@code Callable<Integer>} and return the exit
     *     status: 0 success, 1 failure, 2 usage.
     */
    List<Object> commands();
}
