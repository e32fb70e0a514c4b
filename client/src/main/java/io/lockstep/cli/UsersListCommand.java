package io.lockstep.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lockstep.access.UserTable;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Lists users. */
@Command(name = "list", mixinStandardHelpOptions = true, description = "List the names in the file of users.")
final class UsersListCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private UserFile file;

    @Mixin
    private OutputOptions output;

    @Override
    public Integer call() {
        final UserTable users = file.read();
        final PrintWriter out = spec.commandLine().getOut();
        if (output.isJson()) {
            final ObjectNode result = OutputOptions.newObject();
            final ArrayNode names = result.putArray("users");
            users.names().forEach(names::add);
            out.println(OutputOptions.lineOf(result));
        } else {
            users.names().forEach(out::println);
        }
        out.flush();
        return 0;
    }
}
