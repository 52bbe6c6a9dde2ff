// SPDX-License-Identifier: GPL-2.0-only
//
// `dmafuzz driver` where something is wrong: one line that says what, status 2, and nothing is left that looks like a
// target. What goes well is docs.adding_a_driver's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/command.h"
#include "cli/storage.h"
#include "tests/testing/built.h"

namespace dmafuzz::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class Driver : public ::testing::Test {
 protected:
  std::filesystem::path file(std::string_view name, std::string_view text) const {
    const std::filesystem::path path = scratch_.path() / name;
    cli::make_folder(path.parent_path());
    cli::write_file(path, text);
    return path;
  }
  // What `dmafuzz driver add` says when it refuses.
  std::string refusal(const std::vector<std::string>& arguments) const {
    std::vector<std::string> argv = {dmafuzz(), "driver", "add"};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    const Ran ran = run(argv);
    EXPECT_EQ(ran.exit.code, cli::kEnvironment) << ran.output;
    return ran.output;
  }

  static constexpr std::string_view kPci =
      "#include <linux/module.h>\n#include <linux/pci.h>\n"
      "static const struct pci_device_id ids[] = {{PCI_DEVICE(1, 2)}, {}};\nMODULE_DEVICE_TABLE(pci, ids);\n";
  const cli::ScratchFolder scratch_;
};

TEST_F(Driver, NamesWhatIsNotThere) {
  EXPECT_THAT(refusal({"no/such/driver.c"}), HasSubstr("no/such/driver.c: no such file or folder"));
  EXPECT_THAT(refusal({}), HasSubstr("which driver?"));
  EXPECT_THAT(refusal({scratch_.path()}), HasSubstr("no Kbuild or Makefile there"));
  file("gone/Kbuild", "obj-m := gone.o\n");
  EXPECT_THAT(refusal({scratch_.path() / "gone"}), AllOf(HasSubstr("its Makefile names"), HasSubstr("gone.c")));
}

TEST_F(Driver, RefusesWhatIsOfNoBusThatThereIs) {
  EXPECT_THAT(refusal({file("plain.c", "int x;\n")}), HasSubstr("plain is not the driver of a PCI or platform device"));
  EXPECT_THAT(refusal({file("usb.c", "MODULE_DEVICE_TABLE(usb, ids);\n")}), HasSubstr("a table of devices for usb"));
  EXPECT_THAT(refusal({file("readme.txt", "")}), HasSubstr("a C file is expected"));
}

TEST_F(Driver, AsksWhichOfSeveral) {
  file("two/Kbuild", "obj-m := a.o b.o\n");
  file("two/a.c", kPci);
  file("two/b.c", kPci);
  EXPECT_THAT(refusal({scratch_.path() / "two"}), HasSubstr("say --name with one of: a, b"));
  EXPECT_THAT(refusal({scratch_.path() / "two", "--name", "c"}), HasSubstr("makes no module 'c', but: a, b"));
}

TEST_F(Driver, ShowsTheCompilersOwnLines) {
  const std::string output = refusal({file("broken.c", std::string(kPci) + "int f(void) { return nothing; }\n")});
  EXPECT_THAT(output, AllOf(HasSubstr("compiles"), HasSubstr("broken.c:5:"), HasSubstr("error: use of undeclared"),
                            HasSubstr("return nothing"), HasSubstr("compile.log")));
  EXPECT_FALSE(std::filesystem::exists(build().dir / "drivers/broken/target.json"));
  std::filesystem::remove_all(build().dir / "drivers/broken");
}

TEST_F(Driver, TellsOfAMistakeInTheManifest) {
  const std::string manifest = file("x.toml", "[device]\nbar = 1\n");
  EXPECT_THAT(refusal({"--manifest", manifest}), HasSubstr("x.toml:2: 'bar' is not known here"));
}

TEST_F(Driver, LeavesDriversWithAModelAlone) {
  EXPECT_THAT(refusal({"drivers/net/ethernet/realtek/8139cp.c"}), HasSubstr("this build has driver_8139cp already"));
}

}  // namespace
}  // namespace dmafuzz::testing
