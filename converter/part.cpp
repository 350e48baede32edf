#include "converter/part.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <set>
#include <utility>

#include "runtime/networks/common/checkpoint_shapes.h"
#include "weights/misfits.h"
#include "weights/refuse.h"

namespace serene::converter {
namespace {

using weights::StoredTensor;

// How a tensor of a checkpoint is read, with its name there, which a network that renames a tensor hands on.
struct NamedRead {
  std::string name;
  std::function<weights::Tensor()> inner;
  std::shared_ptr<std::set<std::string>> read;  // takes the name
  weights::Tensor operator()() const {
    read->insert(name);
    return inner();
  }
};

void name_reads(SourceCheckpoint& source) {
  for (auto& [name, tensor] : source.checkpoint.tensors) {
    if (tensor.read.target<NamedRead>() == nullptr)
      tensor.read = NamedRead{name, std::move(tensor.read), source.read};
  }
}

// Its name in the checkpoint.
const std::string& original_name(const std::string& name, const StoredTensor& tensor) {
  const auto* named = tensor.read.target<NamedRead>();
  return named == nullptr ? name : named->name;
}

// By their names in the checkpoint: the tensors that the network does not take.
std::set<std::string> not_taken(const networks::Import& import) {
  std::set<std::string_view> taken;
  const std::vector<weights::TensorSpec> specs = import.config->tensors();
  for (const weights::TensorSpec& spec : specs) taken.insert(spec.name);
  std::set<std::string> others;
  for (const auto& [name, tensor] : import.tensors) {
    if (!taken.contains(name)) others.insert(original_name(name, tensor));
  }
  return others;
}

// Of those, the ones that it does not know either.
std::set<std::string> unknown_to(const networks::NetworkFormat& format, const networks::Import& import) {
  std::set<std::string> unknown = not_taken(import);
  for (const auto& [name, tensor] : import.tensors) {
    const std::string& original = original_name(name, tensor);
    if (format.is_unused(name) || format.is_unused(original)) unknown.erase(original);
  }
  return unknown;
}

// What none of the checkpoint's networks knows.
std::set<std::string> strangers(const SourceCheckpoint& source, const std::vector<Part>& parts) {
  std::set<std::string> all;
  for (const auto& [name, tensor] : source.checkpoint.tensors) all.insert(name);
  for (const networks::NetworkFormat* format : source.formats) {
    const auto part = std::ranges::find_if(
        parts, [&](const Part& of) { return of.source.get() == &source && of.format == format; });
    std::set<std::string> unknown;
    if (part != parts.end()) {
      unknown = unknown_to(*format, part->import);
    } else {
      try {
        unknown = unknown_to(*format, format->import(source.checkpoint));
      } catch (const Error&) {
        // Nobody asked for this network. What is wrong with it is of no interest; all the rest may be its
        // own.
      }
    }
    std::erase_if(all, [&](const std::string& name) { return !unknown.contains(name); });
  }
  return all;
}

void check(const Part& part, const std::set<std::string>& strange) {
  using weights::DType;
  const auto may_be_extra = [&](std::string_view name) {
    const auto it = part.import.tensors.find(std::string(name));
    return !strange.contains(original_name(it->first, it->second));
  };
  const weights::TensorRule rule{.takes =
                                     [](DType dtype) {
                                       return dtype == DType::f64 || dtype == DType::f32 ||
                                              dtype == DType::f16 || dtype == DType::bf16;
                                     },
                                 .wanted = "floating point",
                                 .owner = "the network",
                                 .may_be_extra = may_be_extra};
  const std::vector<std::string> problems =
      weights::misfits(part.import.tensors, part.import.config->tensors(), rule);
  if (!problems.empty()) weights::refuse(part.path(), weights::misfit_text(problems));
}

// The shortest part of a name, up to a dot, that no name of `used` begins with; all of it where there is
// none.
std::string group_of(const std::string& name, const std::set<std::string>& used) {
  for (size_t dot = name.find('.'); dot != name.npos; dot = name.find('.', dot + 1)) {
    std::string group = name.substr(0, dot + 1);
    const auto next = used.lower_bound(group);
    if (next == used.end() || !next->starts_with(group)) return group;
  }
  return name;
}

}  // namespace

void import_parts(std::vector<Part>& parts, const PartSettings& settings) {
  for (Part& part : parts) {
    name_reads(*part.source);
    const auto said = settings.find(part.name);
    part.source->checkpoint.settings = said == settings.end() ? PartSettings::mapped_type() : said->second;
    part.import = part.format->import(part.source->checkpoint);
  }
  for (const Part& part : parts) check(part, strangers(*part.source, parts));
}

std::string left_out(const std::vector<Part>& parts) {
  size_t count = 0;
  std::vector<std::string> groups;
  std::set<const SourceCheckpoint*> seen;
  for (const Part& first : parts) {
    if (!seen.insert(first.source.get()).second) continue;
    const std::set<std::string>& used = *first.source->read;
    std::set<std::string> others;
    for (const auto& [name, tensor] : first.source->checkpoint.tensors) {
      if (!used.contains(name)) others.insert(name);
    }
    std::erase_if(others, [](const std::string& name) { return networks::is_batch_count(name); });
    count += others.size();
    for (const std::string& name : others) {
      std::string group = group_of(name, used);
      if (groups.empty() || groups.back() != group) groups.push_back(std::move(group));
    }
  }
  if (count == 0) return "";
  return std::to_string(count) + (count == 1 ? " tensor of " : " tensors of ") + weights::listed(groups);
}

}  // namespace serene::converter
