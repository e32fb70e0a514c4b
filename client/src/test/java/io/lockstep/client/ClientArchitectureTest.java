package io.lockstep.client;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class ClientArchitectureTest {
    // Imported once: that takes longer than all rules.
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.lockstep.client", "io.lockstep.cli");

    @Test
    void shouldStayPureWhenItIsInTheWindowRoom() {
        classes()
                .that()
                .resideInAPackage("io.lockstep.client.window")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "java.lang..",
                        "java.util",
                        "java.nio",
                        "org.agrona",
                        "org.agrona.concurrent",
                        "io.lockstep.client.window",
                        "io.lockstep.codecs",
                        "io.lockstep.wire")
                .because("the window is tested with simulated time and a simulated shard")
                .check(CLASSES);
    }

    @Test
    void shouldBeHandedTimeAndSeedWhenItIsInTheWindowRoom() {
        noClasses()
                .that()
                .resideInAPackage("io.lockstep.client.window")
                .should()
                .callMethod(System.class, "nanoTime")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(System.class, "getProperty", String.class)
                .orShould()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.util.Random")
                .because("time and seed are handed in")
                .check(CLASSES);
    }

    @Test
    void shouldDependOnCodecsAndArchiveOnlyWhenItIsOurs() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.lockstep.cluster..", "io.lockstep.gateway..", "io.lockstep.testkit..", "io.lockstep.perf..")
                .because("client depends on codecs and archive only")
                .check(CLASSES);
    }

    @Test
    void shouldNotKnowTheCommandLineWhenItIsTheLibrary() {
        noClasses()
                .that()
                .resideInAPackage("io.lockstep.client..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.lockstep.cli..", "picocli..", "com.fasterxml..")
                .because("programs use the library without the command line")
                .check(CLASSES);
    }

    @Test
    void shouldUseThePublicApiWhenItIsTheCommandLine() {
        noClasses()
                .that()
                .resideInAPackage("io.lockstep.cli..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.lockstep.client.internal..", "io.lockstep.client.window..")
                .because("what the command line needs, programs need too")
                .check(CLASSES);
    }
}
