package io.lockstep.perf;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class PerfArchitectureTest {
    // Imported once: that takes longer than all rules. Perf sees all modules, so these are all classes of ours.
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.lockstep");

    @Test
    void shouldBeKnownToNobody() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.lockstep.perf..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.lockstep.perf..")
                .because("perf may depend on everything and nothing depends on it")
                .check(CLASSES);
    }

    @Test
    void shouldUseNothingOfOursWhenItIsTheEchoFloor() {
        noClasses()
                .that()
                .resideInAPackage("io.lockstep.perf.echo..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.lockstep.archive..",
                        "io.lockstep.client..",
                        "io.lockstep.cluster..",
                        "io.lockstep.codecs..",
                        "io.lockstep.gateway..",
                        "io.lockstep.testkit..",
                        "io.lockstep.topic..",
                        "io.lockstep.wire..")
                .because("the floor that Lockstep is measured against is bare Aeron Cluster")
                .check(CLASSES);
    }
}
