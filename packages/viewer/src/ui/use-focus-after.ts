import { useLayoutEffect, useRef } from 'preact/hooks';

/**
 * Hands the focus on when the element that has it, or has what has it, is removed: else nothing has it, and the next key begins at
 * the top of the page.
 *
 * @param next to what, from the element that is removed.
 * @returns what refers to that.
 */
export function useFocusAfter<T extends HTMLElement>(next: (removed: T) => HTMLElement | null) {
  const ref = useRef<T>(null);
  useLayoutEffect(() => {
    const element = ref.current;
    return () => {
      if (element?.contains(document.activeElement) === true) next(element)?.focus();
    };
  }, []);
  return ref;
}
