package io.lockstep.testkit;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class TestkitArchitectureTest {
    // Imported once: that takes longer than all rules.
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.lockstep.testkit");

    @Test
    void shouldNotKnowWhatMeasures() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.lockstep.perf..")
                .because("testkit depends on all but perf")
                .check(CLASSES);
    }

    @Test
    void shouldUseThePublicApiOfTheClient() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.lockstep.client.internal..", "io.lockstep.client.window..")
                .because("tests of users see no more of it")
                .check(CLASSES);
    }

    @Test
    void shouldCompareFilesOnlyWhenItIsTheComparer() {
        noClasses()
                .that()
                .resideInAPackage("io.lockstep.testkit.compare..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.aeron..",
                        "io.lockstep.archive..",
                        "io.lockstep.cli..",
                        "io.lockstep.client..",
                        "io.lockstep.cluster..",
                        "io.lockstep.gateway..",
                        "io.lockstep.testkit",
                        "io.lockstep.testkit.cli..",
                        "io.lockstep.testkit.process..")
                .because("who judges what the cluster did must not be made of the same parts")
                .check(CLASSES);
    }
}
