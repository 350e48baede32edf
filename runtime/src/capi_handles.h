// What the C interface's opaque types are.
#pragma once

#include <memory>
#include <mutex>

#include "runtime/src/engine.h"
#include "runtime/src/model.h"
#include "serene/serene.h"

struct serene_model {
  std::shared_ptr<const serene::runtime::Model> model;
};

struct serene_engine {
  mutable std::mutex mutex;
  serene::runtime::Engine engine;
  serene_engine(std::shared_ptr<const serene::runtime::Model> model,
                const serene::runtime::EngineOptions& options)
      : engine(std::move(model), options) {}
};
