// ThreadSanitizer knows pthreads only: a thread that librdkafka starts by C11's thrd_create() crashes it, and
// what C11's mutexes order looks like a race. In its builds glibc's C11 functions, which are its pthreads by
// another name, are replaced by calls that it sees.
#if defined(__SANITIZE_THREAD__)

#include <pthread.h>
#include <threads.h>
#include <time.h>

#include <cerrno>
#include <cstdint>
#include <memory>

namespace {

struct Start {
    thrd_start_t function;
    void* argument;
};

void* run(void* start) {
    const std::unique_ptr<Start> owned(static_cast<Start*>(start));
    return reinterpret_cast<void*>(static_cast<std::intptr_t>(owned->function(owned->argument)));
}

int result(int error) {
    return error == 0           ? thrd_success
           : error == EBUSY     ? thrd_busy
           : error == ETIMEDOUT ? thrd_timedout
                                : thrd_error;
}

pthread_mutex_t* pthread(mtx_t* mutex) {
    return reinterpret_cast<pthread_mutex_t*>(mutex);
}
pthread_cond_t* pthread(cnd_t* condition) {
    return reinterpret_cast<pthread_cond_t*>(condition);
}

}  // namespace

extern "C" {

int thrd_create(thrd_t* thread, thrd_start_t function, void* argument) {
    auto start = std::make_unique<Start>(Start{function, argument});
    const int error = pthread_create(thread, nullptr, run, start.get());
    if (error == 0) {
        start.release();
    }
    return result(error);
}

int thrd_join(thrd_t thread, int* value) {
    void* returned = nullptr;
    const int error = pthread_join(thread, &returned);
    if (value) {
        *value = static_cast<int>(reinterpret_cast<std::intptr_t>(returned));
    }
    return result(error);
}

int thrd_detach(thrd_t thread) {
    return result(pthread_detach(thread));
}

int mtx_init(mtx_t* mutex, int type) {
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    if (type & mtx_recursive) {
        pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    }
    return result(pthread_mutex_init(pthread(mutex), &attributes));
}
void mtx_destroy(mtx_t* mutex) {
    pthread_mutex_destroy(pthread(mutex));
}
int mtx_lock(mtx_t* mutex) {
    return result(pthread_mutex_lock(pthread(mutex)));
}
int mtx_trylock(mtx_t* mutex) {
    return result(pthread_mutex_trylock(pthread(mutex)));
}
int mtx_unlock(mtx_t* mutex) {
    return result(pthread_mutex_unlock(pthread(mutex)));
}

int cnd_init(cnd_t* condition) {
    return result(pthread_cond_init(pthread(condition), nullptr));
}
void cnd_destroy(cnd_t* condition) {
    pthread_cond_destroy(pthread(condition));
}
int cnd_signal(cnd_t* condition) {
    return result(pthread_cond_signal(pthread(condition)));
}
int cnd_broadcast(cnd_t* condition) {
    return result(pthread_cond_broadcast(pthread(condition)));
}
int cnd_wait(cnd_t* condition, mtx_t* mutex) {
    return result(pthread_cond_wait(pthread(condition), pthread(mutex)));
}
int cnd_timedwait(cnd_t* condition, mtx_t* mutex, const timespec* until) {
    return result(pthread_cond_timedwait(pthread(condition), pthread(mutex), until));
}

}  // extern "C"

#endif
