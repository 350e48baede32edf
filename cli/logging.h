// Messages for people, on standard error: "serene: warning: ...". Rows never go through here.
#pragma once

namespace serene::cli {

// `quiet` leaves errors only. Also takes in the library's own messages.
void set_up_logging(bool quiet);

}  // namespace serene::cli
