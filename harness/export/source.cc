// SPDX-License-Identifier: GPL-2.0-only
//
// See source.h. The file around the body: its head, what the kernel prints meanwhile, and who calls the body.
#include "export/source.h"

#include <fmt/format.h>

#include <set>
#include <sstream>
#include <string_view>
#include <vector>

#include "export/c_text.h"
#include "export/helpers.h"
#include "program/text.h"

namespace dmafuzz {
namespace {

constexpr std::size_t kFrames = 8;

constexpr std::string_view kReports = R"(/*
 * What the kernel prints while the test runs: dma-debug, KASAN and WARN() tell
 * the console and nobody else. Of dma-debug that is the first error after boot
 * alone, unless all_errors in its folder of debugfs is 1.
 */
static struct {
	unsigned int count;
	int loglevel;
	char first[160];
} reports;

static void reports_write(struct console *con, const char *text,
			  unsigned int len)
{
	bool report = strnstr(text, "WARNING: ", len) ||
		      strnstr(text, "BUG: ", len) ||
		      strnstr(text, "UBSAN: ", len);

	reports.count += report;
	if (!reports.first[0] && (report || strnstr(text, "DMA-API: ", len)))
		strscpy(reports.first, text,
			min_t(size_t, len + 1, sizeof(reports.first)));
}

static struct console reports_console = {
	.name = "reports",
	.write = reports_write,
	.flags = CON_ENABLED,
};

static void reports_start(void)
{
	reports.count = 0;
	reports.first[0] = '\0';
	reports.loglevel = console_loglevel;
	console_loglevel = CONSOLE_LOGLEVEL_MOTORMOUTH;
	register_console(&reports_console);
}

static void reports_stop(void)
{
	/* What waits to be printed is printed now. */
	console_lock();
	console_unlock();
	unregister_console(&reports_console);
	console_loglevel = reports.loglevel;
	strreplace(reports.first, '\n', '\0');
}

)";

constexpr std::string_view kExpectAll = R"(static unsigned int wrong;

static void expect_all(int line, size_t right, size_t len)
{
	if (right == len)
		return;
	pr_err("line %d: byte %zu of %zu is wrong\n", line, right, len);
	wrong++;
}

)";

// Frames that are of dmafuzz, or of nobody, tell a maintainer nothing.
bool is_ours(const SourceFrame& frame) {
  return frame.file.empty() || frame.file.starts_with("harness/") || frame.file.starts_with("shims/") ||
         frame.file.starts_with("fuzzers/");
}

class SourceWriter {
 public:
  SourceWriter(const ExportRequest& request, ExportForm form, const Plan& plan, const Judgement& judgement)
      : request_(request),
        form_(form),
        plan_(plan),
        judgement_(judgement),
        body_(write_body(plan, request.tree, form, request.name)) {}

  std::string run() {
    complete_helpers(body_);
    head();
    includes();
    text_.append(kReports);
    if (!kunit()) text_.append(body_.expects ? kExpectAll : std::string_view());
    text_.append(write_helpers(body_.helpers));
    body();
    kunit() ? suite() : module();
    return text_.str();
  }

 private:
  bool kunit() const { return form_ == ExportForm::kKunit; }
  bool bounce() const { return plan_.config.path == DMAF_PATH_BOUNCE; }
  // A paragraph of the comment at the head.
  void paragraph(std::string_view words) {
    text_.line(" *");
    for (const std::string& line : wrap_words(comment_safe(words), 76)) text_.line(" * " + line);
  }
  void listed(std::string_view line) { text_.line(fmt::format(" *   {}", comment_safe(line))); }

  void head() {
    text_.line("// SPDX-License-Identifier: GPL-2.0-only");
    text_.line("/*");
    text_.line(
        fmt::format(" * {}: a DMA program of dmafuzz as a {}.", request_.name, kunit() ? "KUnit test" : "module"));
    if (request_.finding) finding(*request_.finding);
    paragraph(verdict());
    paragraph("The program:");
    text_.line(" *");
    std::istringstream lines(print_text(request_.program));
    for (std::string line; std::getline(lines, line);) listed(line);
    if (request_.made_coherent)
      paragraph(
          "There the device does not snoop the CPU's caches. The test's does, as any on x86; it was found so too.");
    if (!plan_.left_out.empty()) {
      paragraph("Left out of it:");
      text_.line(" *");
      for (const std::string& line : plan_.left_out) listed(line);
    }
    text_.line(" */");
  }

  void finding(const Finding& found) {
    paragraph(fmt::format("Found in userspace, with the code of Linux {}:", request_.tree.release));
    text_.line(" *");
    for (const std::string& line :
         wrap_words(comment_safe(fmt::format("{}: {}: {}", found.tool, found.id, found.summary)), 74))
      listed(line);
    if (!found.stacks.empty()) {
      std::size_t shown = 0;
      for (const SourceFrame& frame : found.stacks.front().frames) {
        if (is_ours(frame) || shown++ >= kFrames) continue;
        listed(fmt::format("  {} {}", frame.function, frame.place()));
      }
    }
    if (found.dma_debug == DebugVerdict::kSaid) {
      const std::string said = fmt::format("dma-debug: {}", found.dma_debug_words);
      for (const std::string& line : wrap_words(comment_safe(said), 74)) listed(line);
    }
  }

  std::string verdict() const {
    if (!request_.finding)
      return fmt::format(
          "It does what a driver may do, and runs clean with the code of Linux {}. The test fails where a "
          "result or a byte is not what the DMA API promises, or the kernel reports anything.",
          request_.tree.release);
    if (plan_.lawful)
      return fmt::format(
          "It does what a driver may do. The test fails while the bug is there ({}), and passes without.",
          judgement_.judge == Judge::kTest ? "a result or a byte is not what the DMA API promises"
                                           : fmt::format("{} reports it", judge_name(judgement_.judge)));
    if (judgement_.judge == Judge::kNobody)
      return fmt::format(
          "It makes a mistake that a real kernel lets through in silence: {}. {} saw it, in userspace. "
          "The test cannot fail for it and does not pass either: it ends as skipped, unless the kernel "
          "reports something.",
          judgement_.silence, request_.finding->tool);
    return fmt::format("It makes a mistake, so the test fails: {} reports it. Without the mistake the test passes.",
                       judge_name(judgement_.judge));
  }

  void includes() {
    std::set<std::string> headers = body_.headers;
    headers.insert({"linux/console.h", "linux/dma-mapping.h", "linux/minmax.h", "linux/module.h", "linux/printk.h",
                    "linux/sizes.h", "linux/string.h", "linux/types.h"});
    if (kunit()) {
      headers.insert({"kunit/device.h", "kunit/test.h"});
    } else {
      headers.insert({"linux/err.h", "linux/platform_device.h"});
      text_.line();
      text_.line("#define pr_fmt(fmt) KBUILD_MODNAME \": \" fmt");
    }
    if (bounce()) headers.insert("linux/swiotlb.h");
    text_.line();
    for (const std::string& header : headers) text_.line(fmt::format("#include <{}>", header));
    text_.line();
  }

  void body() {
    text_.call(fmt::format("static {} {}_run(", kunit() ? "void" : "int", request_.name),
               kunit() ? std::vector<std::string>{"struct kunit *test", "struct device *dev"}
                       : std::vector<std::string>{"struct device *dev"},
               ")");
    text_.line("{");
    text_.append(body_.declarations);
    if (!body_.declarations.empty()) text_.line();
    text_.append(body_.statements);
    text_.line("}");
    text_.line();
  }

  void suite() {
    const std::string& name = request_.name;
    text_.line(fmt::format("static void {}_test(struct kunit *test)", name));
    text_.line("{");
    text_.indent();
    if (body_.limits) text_.line("static struct device_dma_parameters dma_parms;");
    if (body_.own_masks) text_.line("static u64 dma_mask;");
    text_.line("struct device *dev;");
    text_.line();
    if (!judgement_.option.empty() && judgement_.judge != Judge::kNobody) {
      text_.line(fmt::format("if (!IS_ENABLED({}))", judgement_.option));
      text_.line(fmt::format("\tkunit_skip(test, \"only {} sees it\");", judge_name(judgement_.judge)));
    }
    text_.line("dev = kunit_device_register(test, \"dma\");");
    text_.line("KUNIT_ASSERT_NOT_ERR_OR_NULL(test, dev);");
    if (bounce()) {
      text_.line("if (!is_swiotlb_force_bounce(dev))");
      text_.line("\tkunit_skip(test, \"boot with swiotlb=force\");");
    }
    if (body_.own_masks) text_.line("dev->dma_mask = &dma_mask;");
    if (body_.limits) text_.line("dev->dma_parms = &dma_parms;");
    text_.line();
    text_.line("reports_start();");
    text_.line(fmt::format("{}_run(test, dev);", name));
    text_.line("reports_stop();");
    text_.line("KUNIT_EXPECT_EQ_MSG(test, reports.count, 0, \"the kernel says: %s\",");
    text_.line("\t\t    reports.first);");
    if (judgement_.judge == Judge::kNobody) {
      text_.line("if (test->status == KUNIT_SUCCESS)");
      text_.line(
          fmt::format("\tkunit_mark_skipped(test, \"no checker of the kernel's sees {}\");", request_.finding->id));
    }
    text_.outdent();
    text_.line("}");
    text_.line();
    text_.line(fmt::format("static struct kunit_case {}_cases[] = {{", name));
    text_.line(fmt::format("\tKUNIT_CASE({}_test),", name));
    text_.line("\t{}");
    text_.line("};");
    text_.line();
    text_.line(fmt::format("static struct kunit_suite {}_suite = {{", name));
    text_.line(fmt::format("\t.name = \"{}\",", name));
    text_.line(fmt::format("\t.test_cases = {}_cases,", name));
    text_.line("};");
    text_.line();
    text_.line(fmt::format("kunit_test_suite({}_suite);", name));
    text_.line();
    text_.line(fmt::format("MODULE_DESCRIPTION(\"KUnit test of a DMA program: {}\");", name));
    text_.line("MODULE_LICENSE(\"GPL\");");
  }

  void module() {
    const std::string& name = request_.name;
    text_.line(fmt::format("static struct platform_driver {}_driver = {{", name));
    text_.line("\t.driver = { .name = KBUILD_MODNAME },");
    text_.line("};");
    text_.line();
    text_.comment("Loading it runs the program, and fails if that did.");
    text_.line(fmt::format("static int __init {}_init(void)", name));
    text_.line("{");
    text_.indent();
    text_.line("const struct platform_device_info info = {");
    text_.line("\t.name = KBUILD_MODNAME,");
    text_.line("\t.id = PLATFORM_DEVID_NONE,");
    text_.line("\t.dma_mask = DMA_BIT_MASK(32),");
    text_.line("};");
    text_.line("struct platform_device *pdev;");
    text_.line("int ret;");
    text_.line();
    if (!judgement_.option.empty() && judgement_.judge != Judge::kNobody) {
      text_.open(fmt::format("if (!IS_ENABLED({}))", judgement_.option));
      text_.line(fmt::format("pr_err(\"only {} sees it: {}\\n\");", judge_name(judgement_.judge), judgement_.option));
      text_.line("return -EOPNOTSUPP;");
      text_.close();
    }
    text_.line(fmt::format("ret = platform_driver_register(&{}_driver);", name));
    text_.line("if (ret)");
    text_.line("\treturn ret;");
    text_.line("pdev = platform_device_register_full(&info);");
    text_.open("if (IS_ERR(pdev))");
    text_.line("ret = PTR_ERR(pdev);");
    text_.line("goto unregister_driver;");
    text_.close();
    if (bounce()) {
      text_.open("if (!is_swiotlb_force_bounce(&pdev->dev))");
      text_.line("pr_err(\"boot with swiotlb=force\\n\");");
      text_.line("ret = -EOPNOTSUPP;");
      text_.line("goto unregister_device;");
      text_.close();
    }
    text_.line();
    text_.line("reports_start();");
    text_.line(fmt::format("ret = {}_run(&pdev->dev);", name));
    text_.line("reports_stop();");
    text_.line("if (ret)");
    text_.line("\tpr_err(\"failed: %d\\n\", ret);");
    text_.line("else if (reports.count)");
    text_.line("\tpr_err(\"failed: the kernel says: %s\\n\", reports.first);");
    if (body_.expects) {
      text_.line("else if (wrong)");
      text_.line("\tpr_err(\"failed: %u wrong\\n\", wrong);");
    }
    text_.line("else");
    text_.line(judgement_.judge == Judge::kNobody
                   ? fmt::format("\tpr_info(\"no checker of the kernel's sees {}\\n\");", request_.finding->id)
                   : std::string("\tpr_info(\"passed\\n\");"));
    text_.line(body_.expects ? "if (!ret && (reports.count || wrong))" : "if (!ret && reports.count)");
    text_.line("\tret = -EIO;");
    text_.line();
    if (bounce()) text_.label("unregister_device");
    text_.line("platform_device_unregister(pdev);");
    text_.label("unregister_driver");
    text_.line(fmt::format("if (ret)"));
    text_.line(fmt::format("\tplatform_driver_unregister(&{}_driver);", name));
    text_.line("return ret;");
    text_.outdent();
    text_.line("}");
    text_.line(fmt::format("module_init({}_init);", name));
    text_.line();
    text_.line(fmt::format("static void __exit {}_exit(void)", name));
    text_.line("{");
    text_.line(fmt::format("\tplatform_driver_unregister(&{}_driver);", name));
    text_.line("}");
    text_.line(fmt::format("module_exit({}_exit);", name));
    text_.line();
    text_.line(fmt::format("MODULE_DESCRIPTION(\"A DMA program: {}\");", name));
    text_.line("MODULE_LICENSE(\"GPL\");");
  }

  const ExportRequest& request_;
  const ExportForm form_;
  const Plan& plan_;
  const Judgement& judgement_;
  Body body_;
  CText text_;
};

}  // namespace

Exported export_program(const ExportRequest& request, ExportForm form) {
  Exported out;
  out.judgement = judge(request.finding, request.program.lawful);
  if (!out.judgement.refused.empty()) {
    out.refused = fmt::format("{}: {}", request.finding->id, out.judgement.refused);
    return out;
  }
  const Plan plan = plan_export(request.program, request.tree, request.history);
  out.refused = plan.refused;
  if (out.refused.empty()) out.source = SourceWriter(request, form, plan, out.judgement).run();
  return out;
}

}  // namespace dmafuzz
