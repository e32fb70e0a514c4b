package io.lockstep.cli;

import io.lockstep.access.UserTable;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Removes a user. */
@Command(
        name = "remove",
        mixinStandardHelpOptions = true,
        description = "Remove a user; gateways end its connections within seconds.")
final class UsersRemoveCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private UserFile file;

    @Mixin
    private OutputOptions output;

    @Parameters(paramLabel = "NAME", description = "Name of the user.")
    private String name;

    @Override
    public Integer call() {
        final UserTable users = file.read();
        if (!users.contains(name)) {
            throw new CommandFailure("the file " + file.path() + " has no user '" + name + "'");
        }
        file.write(users.without(name));
        final PrintWriter out = spec.commandLine().getOut();
        out.println(
                output.isJson()
                        ? OutputOptions.lineOf(OutputOptions.newObject()
                                .put("event", "removed")
                                .put("user", name))
                        : "removed " + name);
        out.flush();
        return 0;
    }
}
