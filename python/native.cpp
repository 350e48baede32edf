// serene._native: serene.h for Python. Arrays arrive checked and leave as batches; src/serene/_model.py makes
// of them what a person uses. The GIL is released while the library works.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <serene/serene.hpp>

namespace nb = nanobind;
using namespace nb::literals;

namespace {

using Samples = nb::ndarray<const float, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Channels = nb::ndarray<const float, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

// An array that NumPy owns.
template <class T, size_t Rank>
nb::ndarray<nb::numpy, T, nb::ndim<Rank>> new_array(const size_t (&shape)[Rank]) {
  size_t count = 1;
  for (const size_t extent : shape) count *= extent;
  auto values = std::make_unique<T[]>(count);
  T* const data = values.get();
  nb::capsule owner(data, [](void* p) noexcept { delete[] static_cast<T*>(p); });
  values.release();
  return {data, Rank, shape, owner};
}

class Session {
 public:
  Session(serene::Model model, int device, int threads, int precision)
      : model_(std::move(model)),
        engine_(model_, static_cast<serene_device>(device), threads, 0,
                static_cast<serene_precision>(precision)),
        specs_(model_.output_specs()) {}

  const serene::Model& model() const { return model_; }
  std::string device() const { return engine_.device(); }

  // posterior (n, K), log_posterior (n, K), coefficient (n), embedding (n, E), calibrated (n, E), flags (n)
  nb::tuple score(const std::vector<Samples>& clips) {
    const size_t n = clips.size(), k = serene_model_label_count(model_.get()), e = model_.embedding_size();
    auto posterior = new_array<float, 2>({n, k}), log_posterior = new_array<float, 2>({n, k});
    auto embedding = new_array<float, 2>({n, e}), calibrated = new_array<float, 2>({n, e});
    auto coefficient = new_array<float, 1>({n});
    auto flags = new_array<uint32_t, 1>({n});
    std::vector<serene_clip> inputs;
    for (const Samples& clip : clips) inputs.push_back({clip.data(), clip.size()});
    const serene_score_outputs outputs{sizeof(serene_score_outputs),
                                       posterior.data(),
                                       log_posterior.data(),
                                       coefficient.data(),
                                       embedding.data(),
                                       calibrated.data(),
                                       flags.data()};
    {
      nb::gil_scoped_release released;
      serene::check(serene_engine_score(engine_.get(), inputs.data(), n, &outputs));
    }
    return nb::make_tuple(posterior, log_posterior, coefficient, embedding, calibrated, flags);
  }

  // Of each clip: values by output, of classes the most probable label, flags.
  nb::list run(const std::vector<Samples>& clips) {
    std::vector<serene_clip> inputs;
    for (const Samples& clip : clips) inputs.push_back({clip.data(), clip.size()});
    std::optional<serene::Results> results;
    {
      nb::gil_scoped_release released;
      results.emplace(engine_.run(inputs));
    }
    nb::list all;
    for (size_t i = 0; i < inputs.size(); ++i) {
      nb::dict outputs, labels;
      for (const serene::OutputSpec& spec : specs_) {
        const std::span<const float> values = results->values(i, spec.name);
        auto array = new_array<float, 1>({values.size()});
        std::copy(values.begin(), values.end(), array.data());
        outputs[spec.name.c_str()] = array;
        if (spec.kind == SERENE_OUTPUT_CLASSES) labels[spec.name.c_str()] = results->label(i, spec.name);
      }
      all.append(nb::make_tuple(outputs, labels, results->flags(i)));
    }
    return all;
  }

  const std::vector<serene::OutputSpec>& specs() const { return specs_; }

  // samples: (frames, channels)
  serene::RecordingScore score_recording(const Channels& samples, uint32_t rate, double window, double hop,
                                         std::optional<uint32_t> channel, float full_scale, double level,
                                         double min_confidence, double min_level) {
    const nb::gil_scoped_release released;
    return engine_.score_recording({samples.data(), samples.size()}, static_cast<uint32_t>(samples.shape(1)),
                                   rate,
                                   {window, hop, channel, full_scale, level, min_confidence, min_level});
  }

  // Of each clip (T, H).
  std::vector<nb::ndarray<nb::numpy, float, nb::ndim<2>>> states(const std::vector<Samples>& clips,
                                                                 std::optional<size_t> state,
                                                                 size_t group_size) {
    std::vector<serene_clip> inputs;
    for (const Samples& clip : clips) inputs.push_back({clip.data(), clip.size()});
    std::vector<serene::States> found;
    {
      nb::gil_scoped_release released;
      found = engine_.states(inputs, state.value_or(SERENE_LAST_STATE), group_size);
    }
    std::vector<nb::ndarray<nb::numpy, float, nb::ndim<2>>> all;
    for (const serene::States& of_clip : found) {
      all.push_back(new_array<float, 2>({of_clip.rows, of_clip.width}));
      std::copy(of_clip.values.begin(), of_clip.values.end(), all.back().data());
    }
    return all;
  }

  // samples: (frames, channels)
  std::vector<serene::RecordingClip> cut_recording(const Channels& samples, uint32_t rate, double window,
                                                   double hop, std::optional<uint32_t> channel,
                                                   double level) {
    const nb::gil_scoped_release released;
    return serene::cut_recording(model_, {samples.data(), samples.size()},
                                 static_cast<uint32_t>(samples.shape(1)), rate,
                                 {window, hop, channel, 0, level});
  }

  std::vector<nb::ndarray<nb::numpy, float, nb::ndim<1>>> enhance(const std::vector<Samples>& clips) {
    std::vector<nb::ndarray<nb::numpy, float, nb::ndim<1>>> enhanced;
    std::vector<serene_clip> inputs;
    std::vector<float*> outputs;
    for (const Samples& clip : clips) {
      inputs.push_back({clip.data(), clip.size()});
      enhanced.push_back(new_array<float, 1>({clip.size()}));
      outputs.push_back(enhanced.back().data());
    }
    {
      nb::gil_scoped_release released;
      serene::check(serene_engine_enhance(engine_.get(), inputs.data(), inputs.size(), outputs.data()));
    }
    return enhanced;
  }

 private:
  serene::Model model_;
  serene::Engine engine_;
  std::vector<serene::OutputSpec> specs_;
};

nb::ndarray<nb::numpy, float, nb::ndim<1>> array_of(const std::vector<float>& values) {
  auto array = new_array<float, 1>({values.size()});
  std::copy(values.begin(), values.end(), array.data());
  return array;
}

Session* open_session(const nb::bytes& path, int device, int threads, int precision) {
  const std::string name(path.c_str(), path.size());
  nb::gil_scoped_release released;
  return new Session(serene::Model(name), device, threads, precision);
}

Session* parse_session(const nb::bytes& data, const std::string& name, int device, int threads,
                       int precision) {
  const std::span<const std::byte> bytes(static_cast<const std::byte*>(data.data()), data.size());
  nb::gil_scoped_release released;
  return new Session(serene::Model(bytes, name), device, threads, precision);
}

// By name.
nb::dict dict_of(const std::map<std::string, std::vector<float>>& outputs) {
  nb::dict dict;
  for (const auto& [name, values] : outputs) dict[name.c_str()] = array_of(values);
  return dict;
}

// Failure becomes serene.Error(message, status).
void translate(const std::exception_ptr& pointer, void* type) {
  try {
    std::rethrow_exception(pointer);
  } catch (const serene::Failure& failure) {
    const nb::handle error_type(static_cast<PyObject*>(type));
    // A path need not be UTF-8.
    const nb::object text = nb::steal(PyUnicode_DecodeFSDefault(failure.what()));
    const nb::object error = error_type(text, static_cast<int>(failure.status()));
    PyErr_SetObject(error_type.ptr(), error.ptr());
  }
}

}  // namespace

NB_MODULE(_native, m) {
  // Lives as long as the process, as the module does.
  const nb::object error_type = nb::module_::import_("serene._error").attr("Error");
  nb::register_exception_translator(translate, error_type.inc_ref().ptr());

  nb::class_<serene::Window>(m, "Window")
      .def_ro("start", &serene::Window::start)
      .def_ro("seconds", &serene::Window::seconds)
      .def_ro("label", &serene::Window::label)
      .def_prop_ro(
          "posterior", [](const serene::Window& window) { return array_of(window.posterior); },
          nb::rv_policy::automatic)
      .def_ro("coefficient", &serene::Window::coefficient)
      .def_ro("flags", &serene::Window::flags)
      .def_ro("reason", &serene::Window::reason)
      .def_prop_ro("outputs", [](const serene::Window& window) { return dict_of(window.outputs); });
  nb::class_<serene::RecordingScore>(m, "RecordingScore")
      .def_ro("label", &serene::RecordingScore::label)
      .def_prop_ro(
          "posterior", [](const serene::RecordingScore& score) { return array_of(score.posterior); },
          nb::rv_policy::automatic)
      .def_ro("coefficient", &serene::RecordingScore::coefficient)
      .def_ro("reason", &serene::RecordingScore::reason)
      .def_ro("flags", &serene::RecordingScore::flags)
      .def_ro("seconds", &serene::RecordingScore::seconds)
      .def_ro("silent_share", &serene::RecordingScore::silent_share)
      .def_ro("clipped_share", &serene::RecordingScore::clipped_share)
      .def_ro("windows", &serene::RecordingScore::windows)
      .def_prop_ro("outputs", [](const serene::RecordingScore& score) { return dict_of(score.outputs); });
  nb::class_<serene::RecordingClip>(m, "RecordingClip")
      .def_ro("start", &serene::RecordingClip::start)
      .def_ro("seconds", &serene::RecordingClip::seconds)
      .def_prop_ro(
          "samples", [](const serene::RecordingClip& clip) { return array_of(clip.samples); },
          nb::rv_policy::automatic);
  nb::class_<serene::OutputSpec>(m, "OutputSpec")
      .def_ro("name", &serene::OutputSpec::name)
      .def_prop_ro("kind", [](const serene::OutputSpec& spec) { return static_cast<int>(spec.kind); })
      .def_ro("size", &serene::OutputSpec::size)
      .def_ro("labels", &serene::OutputSpec::labels);
  nb::class_<Session>(m, "Session")
      .def("score", &Session::score, "clips"_a)
      .def("run", &Session::run, "clips"_a)
      .def_prop_ro("outputs", &Session::specs)
      .def_prop_ro("can_run", [](const Session& session) { return session.model().can_run(); })
      .def("score_recording", &Session::score_recording, "samples"_a, "rate"_a, "window"_a, "hop"_a,
           "channel"_a.none(), "full_scale"_a, "level"_a, "min_confidence"_a, "min_level"_a)
      .def("states", &Session::states, "clips"_a, "state"_a.none(), "group_size"_a)
      .def("cut_recording", &Session::cut_recording, "samples"_a, "rate"_a, "window"_a, "hop"_a,
           "channel"_a.none(), "level"_a)
      .def("enhance", &Session::enhance, "clips"_a)
      .def_prop_ro("labels", [](const Session& session) { return session.model().labels(); })
      .def_prop_ro("clip_samples", [](const Session& session) { return session.model().clip_samples(); })
      .def_prop_ro("embedding_size", [](const Session& session) { return session.model().embedding_size(); })
      .def_prop_ro("state_count", [](const Session& session) { return session.model().state_count(); })
      .def_prop_ro("state_width", [](const Session& session) { return session.model().state_width(); })
      .def_prop_ro("can_score", [](const Session& session) { return session.model().can_score(); })
      .def_prop_ro("can_enhance", [](const Session& session) { return session.model().can_enhance(); })
      .def_prop_ro("description", [](const Session& session) { return session.model().description(); })
      .def_prop_ro("device", &Session::device);
  m.def("open_model", open_session, "path"_a, "device"_a, "threads"_a, "precision"_a,
        nb::rv_policy::take_ownership);
  m.def("parse_model", parse_session, "data"_a, "name"_a, "device"_a, "threads"_a, "precision"_a,
        nb::rv_policy::take_ownership);
  m.def("version", serene_version);
}
