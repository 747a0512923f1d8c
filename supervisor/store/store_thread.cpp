#include "supervisor/store/store_thread.h"

#include "supervisor/store/record_store.h"

namespace outpost::supervisor {

template class StoreThread<RecordStore>;

}  // namespace outpost::supervisor
