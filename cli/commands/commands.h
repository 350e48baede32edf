// Each command registers its options; `exit_code` receives its outcome when it runs, during the parse.
// Commands throw Stop.
#pragma once

namespace CLI {
class App;
}

namespace serene::cli {

void add_score_command(CLI::App& app, int& exit_code);
void add_snr_command(CLI::App& app, int& exit_code);
void add_evaluate_command(CLI::App& app, int& exit_code);
void add_enhance_command(CLI::App& app, int& exit_code);
void add_info_command(CLI::App& app, int& exit_code);
void add_profile_command(CLI::App& app, int& exit_code);
void add_check_command(CLI::App& app, int& exit_code);
void add_doctor_command(CLI::App& app, int& exit_code);

}  // namespace serene::cli
